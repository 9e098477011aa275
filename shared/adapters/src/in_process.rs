//! What one machine has in the place of queues: what is ordered is done by tasks of the process that orders it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{Orders, QueueError, RunCommand};
use attendee_sync_app::{App, AppParts};
use tokio::time::sleep;

/// Makes the application one that carries out its own orders, to their end, whoever gave them. What the end
/// of the process cuts off, the next start takes up.
#[must_use]
pub fn carrying_out_its_orders(mut parts: AppParts) -> Arc<App> {
    Arc::new_cyclic(|itself| {
        parts.orders = Some(Arc::new(InProcessOrders(Weak::clone(itself))));
        App::new(parts)
    })
}

/// Orders that the same application carries out.
struct InProcessOrders(Weak<App>);

#[async_trait]
impl Orders for InProcessOrders {
    async fn order(&self, order: &RunCommand, after: Duration) -> Result<(), QueueError> {
        let app = self.0.upgrade().ok_or(QueueError::Closed)?;
        let order = order.clone();
        tokio::spawn(async move {
            sleep(after).await;
            execute(app, order).await;
        });
        Ok(())
    }

    fn begins_at_once(&self) -> bool {
        true
    }
}

async fn execute(app: Arc<App>, order: RunCommand) {
    let named = order.run().cloned();
    // In a task of its own, so that of a panic is known too.
    let work = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.execute_alone(&order).await }
    });
    let failure = match work.await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(panicked) => panicked.to_string(),
    };
    if let Some(run) = named {
        app.strand(&run, &failure);
    }
}
