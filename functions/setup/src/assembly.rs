//! Builds the application over the adapters of AWS, once for each cold start. Each function has a
//! function of its own here, so that it links no adapter that it does not use.

use std::sync::Arc;

use attendee_sync_adapters::clock::SystemClock;
use attendee_sync_adapters::cloud::{
    AnswerBucket, MessageBackoff, QueuePair, ScheduleTarget, SchedulerSchedules, SqsBatches,
    SqsDeadLetters, SqsOrders, SsmSecrets, clients,
};
use attendee_sync_adapters::erasure_table::TableErasureList;
use attendee_sync_adapters::mail::ses::{SesMailer, Share};
use attendee_sync_adapters::poster::HttpPoster;
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::dynamodb::DynamoTable;
use attendee_sync_app::ports::{Cloud, QueueName, Secrets, Sources, TableIdentity};
use attendee_sync_app::{App, AppParts};
use attendee_sync_domain::preset::{Preset, built_in};
use aws_config::SdkConfig;

use crate::environment::{Environment, of_process};
use crate::logs;
use crate::nothing::{NoSecrets, NoSources};

/// The application, and the dimension of its metrics.
pub struct Parts {
    /// The application.
    pub app: App,
    /// The name of the installation.
    pub service: String,
    /// What has messages come again that failed.
    pub backoff: MessageBackoff,
}

/// The parts of the console.
pub struct ConsoleParts {
    /// The application.
    pub app: App,
    /// The credentials that belong to no source.
    pub secrets: Arc<SsmSecrets>,
    /// The presets for new events.
    pub presets: Vec<Preset>,
    /// Where answers go that are too large for the function, if there is such a place.
    pub answers: Option<AnswerBucket>,
}

/// Starts logging, installs the one provider of cryptography, and returns what the clients of AWS
/// share. A function must call this first.
#[must_use]
pub fn begin() -> SdkConfig {
    // A second call changes nothing.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    logs::begin();
    clients::shared_config()
}

fn environment() -> Environment<'static> {
    Environment::new(&of_process)
}

/// Returns the parts of the function that reads sources.
pub fn fetch(shared: &SdkConfig) -> anyhow::Result<Parts> {
    let (secrets, sources) = readers(shared)?;
    function(
        shared,
        app_parts(shared, sources, secrets)?,
        "RUNS_QUEUE_URL",
    )
}

/// Returns the parts of the function that reconciles batches.
pub fn reconcile(shared: &SdkConfig) -> anyhow::Result<Parts> {
    let parts = app_parts(shared, Arc::new(NoSources), Arc::new(NoSecrets))?;
    function(shared, parts, "BATCHES_QUEUE_URL")
}

/// Returns the parts of the function that sends mail.
pub fn invite(shared: &SdkConfig) -> anyhow::Result<Parts> {
    let mut parts = app_parts(shared, Arc::new(NoSources), Arc::new(NoSecrets))?;
    parts.mailer = Some(Arc::new(mailer(shared)?));
    parts.poster = Some(Arc::new(HttpPoster::new(environment().addresses()?)));
    parts.senders = environment().senders()?;
    function(shared, parts, "INVITATIONS_QUEUE_URL")
}

/// Returns the parts of the function that serves console and API.
pub fn console(shared: &SdkConfig) -> anyhow::Result<ConsoleParts> {
    let (secrets, sources) = readers(shared)?;
    let mut parts = app_parts(shared, sources, Arc::<SsmSecrets>::clone(&secrets))?;
    parts.mailer = Some(Arc::new(mailer(shared)?));
    parts.senders = environment().senders()?;
    if let Some(cloud) = &mut parts.cloud {
        cloud.schedules = Some(Arc::new(schedules(shared)?));
        cloud.dead_letters = Some(Arc::new(dead_letters(shared)?));
    }
    let app = App::new(parts);
    if let Some(bytes) = environment().list_memory()? {
        app.limit_list_memory(bytes);
    }
    Ok(ConsoleParts {
        app,
        secrets,
        presets: presets(),
        answers: environment()
            .optional("ANSWERS_BUCKET")
            .map(|bucket| AnswerBucket::new(shared, bucket)),
    })
}

/// A function that takes messages of the queue at the URL that this variable has.
fn function(shared: &SdkConfig, parts: AppParts, queue: &'static str) -> anyhow::Result<Parts> {
    let environment = environment();
    let service = environment.optional("SERVICE_NAME");
    Ok(Parts {
        app: App::new(parts),
        service: service.unwrap_or_else(|| "attendee-sync".to_owned()),
        backoff: MessageBackoff::new(clients::sqs(shared), environment.required(queue)?),
    })
}

/// Returns the parts that every function has: the table, and the queues it sends to.
fn app_parts(
    shared: &SdkConfig,
    sources: Arc<dyn Sources>,
    secrets: Arc<dyn Secrets>,
) -> anyhow::Result<AppParts> {
    let environment = environment();
    let dynamodb = clients::dynamodb(shared);
    let name = environment.required("TABLE_NAME")?;
    let mut parts = AppParts::new(
        Arc::new(store(shared)?),
        sources,
        secrets,
        Arc::new(SystemClock),
        environment.addresses()?,
    );
    parts.public_url = environment.public_url()?;
    parts.table = Some(TableIdentity {
        name,
        is_given: environment.optional("TABLE_IS_GIVEN").as_deref() == Some("true"),
    });
    if let Some(erasures) = environment.optional("ERASURES_TABLE_NAME") {
        let table = Arc::new(DynamoTable::new(dynamodb, erasures));
        parts.erasure_list = Some(Arc::new(TableErasureList::new(table)));
    }
    let sqs = clients::sqs(shared);
    let runs = environment.required("RUNS_QUEUE_URL")?;
    let invitations = environment.required("INVITATIONS_QUEUE_URL")?;
    let batches = environment.required("BATCHES_QUEUE_URL")?;
    parts.orders = Some(Arc::new(SqsOrders::new(sqs.clone(), runs, invitations)));
    parts.cloud = Some(Cloud {
        batches: Arc::new(SqsBatches::new(sqs, batches)),
        schedules: None,
        dead_letters: None,
    });
    Ok(parts)
}

fn store(shared: &SdkConfig) -> anyhow::Result<TableStore> {
    let table = DynamoTable::new(
        clients::dynamodb(shared),
        environment().required("TABLE_NAME")?,
    );
    Ok(TableStore::new(Arc::new(table)))
}

/// Returns the credentials, and the sources that use them.
fn readers(shared: &SdkConfig) -> anyhow::Result<(Arc<SsmSecrets>, Arc<HttpSources>)> {
    let environment = environment();
    let path = environment.required("PARAMETER_PATH")?;
    let clock = Arc::new(SystemClock);
    let secrets = Arc::new(SsmSecrets::new(clients::ssm(shared), path, clock));
    let named = Arc::<SsmSecrets>::clone(&secrets);
    let sources = HttpSources::new(named, environment.addresses()?);
    let sources = sources.with_lists(Arc::new(store(shared)?));
    Ok((secrets, Arc::new(sources)))
}

fn mailer(shared: &SdkConfig) -> anyhow::Result<SesMailer> {
    let environment = environment();
    let set = environment.optional("CONFIGURATION_SET");
    Ok(SesMailer::new(&clients::ses(shared), set).sharing(Share {
        senders: environment.number("SENDERS_AT_ONCE")?.unwrap_or(1),
        at_most: environment.number("MAILS_PER_SECOND")?,
    }))
}

fn schedules(shared: &SdkConfig) -> anyhow::Result<SchedulerSchedules> {
    let environment = environment();
    let target = ScheduleTarget {
        group: environment.required("SCHEDULE_GROUP")?,
        queue_arn: environment.required("SCHEDULE_TARGET_ARN")?,
        role_arn: environment.required("SCHEDULE_ROLE_ARN")?,
        dead_letter_arn: environment.optional("SCHEDULE_DLQ_ARN"),
    };
    Ok(SchedulerSchedules::new(clients::scheduler(shared), target))
}

fn dead_letters(shared: &SdkConfig) -> anyhow::Result<SqsDeadLetters> {
    let pair = |name, queue, dead_letters| -> anyhow::Result<QueuePair> {
        Ok(QueuePair {
            name,
            queue: environment().required(queue)?,
            dead_letters: environment().required(dead_letters)?,
        })
    };
    let pairs = vec![
        pair(QueueName::Runs, "RUNS_QUEUE_URL", "RUNS_DLQ_URL")?,
        pair(QueueName::Batches, "BATCHES_QUEUE_URL", "BATCHES_DLQ_URL")?,
        pair(
            QueueName::Invitations,
            "INVITATIONS_QUEUE_URL",
            "INVITATIONS_DLQ_URL",
        )?,
    ];
    Ok(SqsDeadLetters::new(clients::sqs(shared), pairs))
}

/// Returns the presets that come with the program; a test of the domain checks that all are valid.
fn presets() -> Vec<Preset> {
    let parsed = built_in()
        .iter()
        .map(|(name, text)| Preset::parse(name, text));
    parsed.filter_map(Result::ok).collect()
}
