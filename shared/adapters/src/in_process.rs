//! Replaces the queues on one machine: tasks of the process that queues a command execute it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{Orders, QueueError, RunCommand};
use attendee_sync_app::{App, AppParts};
use tokio::time::sleep;

/// Returns an application that executes its own commands to their end. Commands that the end of the
/// process interrupts are continued by the next start.
#[must_use]
pub fn carrying_out_its_orders(mut parts: AppParts) -> Arc<App> {
    Arc::new_cyclic(|itself| {
        parts.orders = Some(Arc::new(InProcessOrders(Weak::clone(itself))));
        App::new(parts)
    })
}

/// Commands that the same application executes.
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
    // The work runs in a task of its own, so that a panic in it is noticed too.
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
        app.note_unclosed_run(&run, &failure);
    }
}
