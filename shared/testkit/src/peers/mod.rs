//! Peers that listen on sockets of this machine: ordinary HTTP servers, faulty ones, and a mail
//! server.

mod faulty_server;
mod http_peer;
mod smtp_server;

pub use faulty_server::{
    FaultyServer, RequestSeen, ScriptedAnswer, ServerStep, answer, begun, chunk, head, json,
};
pub use http_peer::{HttpPeer, RegistrationPeer, json_page};
pub use smtp_server::{At, SmtpServer, SmtpServerSeen, SmtpServerStep, serve};
pub use wiremock::{Request, ResponseTemplate};
