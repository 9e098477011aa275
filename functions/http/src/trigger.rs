//! What starts the function: a request of the gateway, or the schedule that has the installation looked after.

use attendee_sync_app::Upkeep;
use lambda_http::request::LambdaRequest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// What the schedule sends.
const UPKEEP: &str = "upkeep";

/// What starts this function.
#[derive(Debug)]
pub(crate) enum HttpTrigger {
    /// A request that the gateway passes on.
    Gateway(Box<LambdaRequest>),
    /// The schedule. No request can look like it: a gateway wraps what it was sent.
    Upkeep,
}

#[derive(Deserialize)]
struct UpkeepOrder {
    #[serde(rename = "do")]
    what: String,
}

impl<'de> Deserialize<'de> for HttpTrigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Box::<RawValue>::deserialize(deserializer)?;
        match serde_json::from_str::<UpkeepOrder>(event.get()) {
            Ok(order) if order.what == UPKEEP => Ok(Self::Upkeep),
            Ok(_) => Err(D::Error::custom(
                "this function knows one order, \"upkeep\"",
            )),
            Err(_) => serde_json::from_str(event.get())
                .map(Self::Gateway)
                .map_err(D::Error::custom),
        }
    }
}

/// What the function answers.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum HttpAnswer<G> {
    /// The answer that the gateway gets.
    Gateway(G),
    /// To who had the installation looked after.
    Upkeep(Upkeep),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_orders_are_told_apart() {
        let request = include_str!("../../../tests/fixtures/lambda/http.json");
        let request = request
            .replace("{{METHOD}}", "GET")
            .replace("{{PATH}}", "/");
        let request = serde_json::from_str::<HttpTrigger>(&request).unwrap();
        assert!(matches!(request, HttpTrigger::Gateway(_)), "{request:?}");
        let order = serde_json::from_str::<HttpTrigger>(r#"{"do":"upkeep"}"#).unwrap();
        assert!(matches!(order, HttpTrigger::Upkeep), "{order:?}");
        assert!(serde_json::from_str::<HttpTrigger>(r#"{"do":"anything"}"#).is_err());
        assert!(serde_json::from_str::<HttpTrigger>(r#"{"detail":{}}"#).is_err());
    }
}
