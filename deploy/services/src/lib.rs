#![doc = include_str!("../README.md")]

mod artemis;
mod certificate;
mod debian;
mod elasticsearch;
mod error;
mod folder;
mod kind;
mod mariadb;
mod mysql;
mod nginx;
mod ports;
mod probe;
mod promtool;
mod recipe;
mod redis;
mod server;
mod software;
mod standing;
mod toxiproxy;

pub use certificate::certificate;
pub use debian::install as install_debian_package;
pub use error::ServiceError;
pub use folder::root;
pub use kind::Kind;
pub use nginx::NodeAddress;
pub use promtool::promtool;
pub use redis::RedisCluster;
pub use server::Server;
pub use software::Software;
pub use standing::Standing;
