//! What the functions share: their environment, logs and metrics.
