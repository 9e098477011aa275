mod commands;
mod never_fails;
mod presets;
mod systems;
