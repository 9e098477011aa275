//! The fault harness: the whole pipeline in both editions over the real store, with something going
//! wrong at any call of any port; then calm; then a look at what must hold.
//!
//! A play begins with an event that has synced before and whose feed then changes in every way
//! (`scene`). Everything that a process asks of the outside is counted, and a [`FaultSchedule`] says at
//! which of these calls what goes wrong (`control`). After the calm play all is as the same calm play
//! without faults leaves it (`checks`). Time is tokio's paused clock: hours cost nothing.

mod checks;
mod cloud;
mod control;
mod line;
mod machine;
mod must;
mod picture;
mod play;
mod ports;
mod queues;
mod run;
mod scene;
mod schedule;
mod watch;

pub use control::Sabotage;
pub use play::PlayOutcome;
pub use run::{Failure, FaultHarness};
pub use schedule::{
    CallKind, CallKinds, ConcurrentAction, Edition, FaultSchedule, InjectedFault, Memory, Port,
    kinds,
};
