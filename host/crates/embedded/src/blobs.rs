use async_trait::async_trait;
use bytes::Bytes;
use model::{TenantId, plugin::Digest};
use ports::{Blobs, PortError, PortResult};
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::task::spawn_blocking;

const WHAT: &str = "the blob directory";

/// Blobs as files: `DIRECTORY/TENANT/DIGEST`. A blob is written beside its place, made durable, and put there by one rename: a reader
/// sees all of it or nothing, whatever was killed when.
#[derive(Debug)]
pub struct FileBlobs {
    directory: PathBuf,
    /// Makes the names of half-written files differ.
    writes: AtomicU64,
}

impl FileBlobs {
    /// Opens the directory, makes it when it is not there, and removes what a killed process left half-written.
    pub async fn open(directory: impl Into<PathBuf>) -> PortResult<Self> {
        let directory = directory.into();
        let blobs = Self { directory: directory.clone(), writes: AtomicU64::new(0) };
        blocking(move || {
            let half_written = directory.join(HALF_WRITTEN);
            match fs::remove_dir_all(&half_written) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::create_dir_all(half_written)
        })
        .await?;
        Ok(blobs)
    }

    fn tenant(&self, tenant: TenantId) -> PathBuf {
        self.directory.join(tenant.to_string())
    }
    fn place(&self, tenant: TenantId, digest: Digest) -> PathBuf {
        self.tenant(tenant).join(digest.to_string())
    }
}

/// Not a tenant's id.
const HALF_WRITTEN: &str = "half-written";

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(&self, tenant: TenantId, bytes: Bytes) -> PortResult<Digest> {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        let temporary = self.directory.join(HALF_WRITTEN).join(format!("{}-{number}", std::process::id()));
        let (directory, root) = (self.tenant(tenant), self.directory.clone());
        blocking(move || {
            let digest = Digest::of(&bytes);
            let place = directory.join(digest.to_string());
            if !place.exists() {
                fs::create_dir_all(&directory)?;
                let mut file = File::create(&temporary)?;
                file.write_all(&bytes)?;
                file.sync_all()?;
                fs::rename(&temporary, &place)?;
            }
            sync_directory(&directory)?;
            sync_directory(&root)?;
            Ok(digest)
        })
        .await
    }

    async fn get(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Bytes>> {
        let place = self.place(tenant, digest);
        blocking(move || match fs::read(place) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn delete(&self, tenant: TenantId, digest: Digest) -> PortResult<()> {
        let place = self.place(tenant, digest);
        blocking(move || match fs::remove_file(place) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> PortResult<T> {
    match spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(PortError::failed(WHAT, error)),
        Err(error) => Err(PortError::failed(WHAT, error)),
    }
}
