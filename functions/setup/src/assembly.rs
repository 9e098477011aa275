//! Puts the application together over the adapters of AWS, once for each cold start.

use std::sync::Arc;

use anyhow::Context;
use attendee_sync_adapters::clock::SystemClock;
use attendee_sync_adapters::cloud::{
    QueuePair, ScheduleTarget, SchedulerSchedules, SqsBatches, SqsDeadLetters, SqsOrders,
    SsmSecrets, clients,
};
use attendee_sync_adapters::mail::ses::{SesMailer, Share};
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::DynamoStore;
use attendee_sync_app::App;
use attendee_sync_app::ports::{Cloud, QueueName};
use attendee_sync_domain::preset::{Preset, built_in};

use aws_config::SdkConfig;

use crate::environment::{Environment, of_process};
use crate::logs;

/// Which function this is: what it does not do, it has no adapter for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Reads sources.
    Fetch,
    /// Reconciles batches.
    Reconcile,
    /// Sends mail.
    Invite,
    /// Serves console and API.
    Http,
}

/// The application, and what else a function works with.
pub struct Parts {
    /// The application.
    pub app: App,
    /// Credentials, for what is none of a source's.
    pub secrets: Arc<SsmSecrets>,
    /// What new events can begin with.
    pub presets: Vec<Preset>,
    /// What metrics are told apart by.
    pub service: String,
}

/// What clients of AWS have in common. Begins to log and installs the one provider of cryptography,
/// so it is the first thing a function does.
pub async fn begin() -> SdkConfig {
    logs::begin();
    // A second call changes nothing.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    clients::shared_config().await
}

impl Parts {
    /// The application of a function, by its environment.
    pub fn assemble(function: Function, shared: &SdkConfig) -> anyhow::Result<Self> {
        let environment = Environment::new(&of_process);
        let addresses = environment.addresses()?;
        let store = DynamoStore::new(
            clients::dynamodb(shared),
            environment.required("TABLE_NAME")?,
        );
        let path = environment.required("PARAMETER_PATH")?;
        let secrets = Arc::new(SsmSecrets::new(
            clients::ssm(shared),
            path,
            Arc::new(SystemClock),
        ));
        let sources = HttpSources::new(secrets.clone(), addresses.clone())
            .context("sources cannot be asked")?;
        let mut app = App::new(
            Arc::new(store.writing_singly()),
            Arc::new(sources),
            secrets.clone(),
            Arc::new(SystemClock),
            addresses,
        );
        app.public_url = environment.public_url()?;
        app.cloud = Some(cloud(function, environment, shared)?);
        if matches!(function, Function::Invite | Function::Http) {
            let mailer = SesMailer::new(
                &clients::ses(shared),
                environment.optional("CONFIGURATION_SET"),
            );
            let share = Share {
                senders: environment.number("SENDERS_AT_ONCE")?.unwrap_or(1),
                at_most: environment.number("MAILS_PER_SECOND")?,
            };
            app.mailer = Some(Arc::new(mailer.sharing(share)));
        }
        Ok(Self {
            app,
            secrets,
            presets: match function {
                Function::Http => presets(),
                Function::Fetch | Function::Reconcile | Function::Invite => Vec::new(),
            },
            service: environment
                .optional("SERVICE_NAME")
                .unwrap_or_else(|| "attendee-sync".to_owned()),
        })
    }
}

fn cloud(
    function: Function,
    environment: Environment<'_>,
    shared: &SdkConfig,
) -> anyhow::Result<Cloud> {
    let sqs = clients::sqs(shared);
    let runs = environment.required("RUNS_QUEUE_URL")?;
    let batches = environment.required("BATCHES_QUEUE_URL")?;
    let invitations = environment.required("INVITATIONS_QUEUE_URL")?;
    let mut cloud = Cloud {
        orders: Arc::new(SqsOrders::new(sqs.clone(), &runs, &invitations)),
        batches: Arc::new(SqsBatches::new(sqs.clone(), &batches)),
        schedules: None,
        dead_letters: None,
    };
    if function == Function::Http {
        let target = ScheduleTarget {
            group: environment.required("SCHEDULE_GROUP")?,
            queue_arn: environment.required("SCHEDULE_TARGET_ARN")?,
            role_arn: environment.required("SCHEDULE_ROLE_ARN")?,
            dead_letter_arn: environment.optional("SCHEDULE_DLQ_ARN"),
        };
        let schedules = SchedulerSchedules::new(clients::scheduler(shared), target);
        cloud.schedules = Some(Arc::new(schedules));
        let queues = vec![
            QueuePair {
                name: QueueName::Runs,
                queue: runs,
                dead_letters: environment.required("RUNS_DLQ_URL")?,
            },
            QueuePair {
                name: QueueName::Batches,
                queue: batches,
                dead_letters: environment.required("BATCHES_DLQ_URL")?,
            },
            QueuePair {
                name: QueueName::Invitations,
                queue: invitations,
                dead_letters: environment.required("INVITATIONS_DLQ_URL")?,
            },
        ];
        cloud.dead_letters = Some(Arc::new(SqsDeadLetters::new(sqs, queues)));
    }
    Ok(cloud)
}

/// Those that come with the program; a test of the domain sees to it that all are good.
fn presets() -> Vec<Preset> {
    let parsed = built_in()
        .iter()
        .map(|(name, text)| Preset::parse(name, text));
    parsed.filter_map(Result::ok).collect()
}
