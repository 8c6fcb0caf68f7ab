//! Writes in parts.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    MultipartUpload, PutMultipartOptions, PutPayload, PutResult, Result, UploadPart,
};

use super::S3Store;
use super::error::{failure, odd};
use super::keys::key_of;
use super::write::{Headers, WRITE_TIME_MAX};
use crate::objects::attempts_of;

/// An upload that S3 knows, and that costs until it is completed or aborted.
#[derive(Debug)]
struct Upload {
    store: S3Store,
    location: Path,
    id: String,
    /// Parts that were asked for.
    begun: i32,
    done: Arc<Mutex<Vec<CompletedPart>>>,
}

impl S3Store {
    pub(super) async fn begin_upload(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let call = "CreateMultipartUpload";
        let headers = Headers::read(&options.attributes)?;
        let tags = Some(options.tags.encoded()).filter(|t| !t.is_empty());
        let mut request = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key_of(location))
            .set_content_type(headers.content_type)
            .set_content_encoding(headers.content_encoding)
            .set_content_disposition(headers.content_disposition)
            .set_content_language(headers.content_language)
            .set_cache_control(headers.cache_control)
            .set_tagging(tags.map(str::to_owned));
        for (name, value) in headers.metadata {
            request = request.metadata(name, value);
        }
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        let name = self.name(location);
        let answer = sent.map_err(|e| failure(call, &name, &e))?;
        let id = answer.upload_id;
        Ok(Box::new(Upload {
            store: self.clone(),
            location: location.clone(),
            id: id.ok_or_else(|| odd(call, &name, "an answer without the upload's id"))?,
            begun: 0,
            done: Arc::default(),
        }))
    }

    async fn upload_part(
        self,
        location: Path,
        id: String,
        number: i32,
        bytes: Bytes,
    ) -> Result<CompletedPart> {
        let request = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(key_of(&location))
            .upload_id(id)
            .part_number(number)
            .body(bytes.into());
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        let answer = sent.map_err(|e| failure("UploadPart", &self.name(&location), &e))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(answer.e_tag)
            .set_checksum_crc32(answer.checksum_crc32)
            .build())
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        // Parts are numbered from 1, in the order in which they were given.
        self.begun += 1;
        let (number, done) = (self.begun, self.done.clone());
        let (store, location) = (self.store.clone(), self.location.clone());
        let id = self.id.clone();
        Box::pin(async move {
            let part = store.upload_part(location, id, number, data.into()).await?;
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(part);
            Ok(())
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let call = "CompleteMultipartUpload";
        if self.begun == 0 {
            // S3 wants one part at least.
            self.put_part(PutPayload::default()).await?;
        }
        let mut parts = {
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *done)
        };
        let name = self.store.name(&self.location);
        if usize::try_from(self.begun).ok() != Some(parts.len()) {
            let message = format!("{} of {} parts were written", parts.len(), self.begun);
            return Err(odd(call, &name, message));
        }
        parts.sort_by_key(CompletedPart::part_number);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let request = self
            .store
            .client
            .complete_multipart_upload()
            .bucket(&self.store.bucket)
            .key(key_of(&self.location))
            .upload_id(&self.id)
            .multipart_upload(parts.build());
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        let answer = sent.map_err(|e| failure(call, &name, &e))?;
        Ok(PutResult {
            e_tag: answer.e_tag,
            version: answer.version_id.filter(|v| v != "null"),
        })
    }

    async fn abort(&mut self) -> Result<()> {
        let request = self
            .store
            .client
            .abort_multipart_upload()
            .bucket(&self.store.bucket)
            .key(key_of(&self.location))
            .upload_id(&self.id);
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        let name = self.store.name(&self.location);
        sent.map_err(|e| failure("AbortMultipartUpload", &name, &e))?;
        Ok(())
    }
}
