"""Uses the official Python packages against the storage named by the connection string in STORAGE."""

import os

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64DecodePolicy, TextBase64EncodePolicy

CONNECTION = os.environ["STORAGE"]


def raises(expected, code, call):
    try:
        call()
    except expected as error:
        assert error.error_code == code, error.error_code
        return
    raise AssertionError(f"no {expected.__name__}")


def queues():
    service = QueueServiceClient.from_connection_string(CONNECTION)
    queue = service.get_queue_client(
        "work",
        message_encode_policy=TextBase64EncodePolicy(),
        message_decode_policy=TextBase64DecodePolicy(),
    )
    queue.create_queue(metadata={"owner": "ops"})
    raises(ResourceExistsError, "QueueAlreadyExists", lambda: queue.create_queue(metadata={"owner": "dev"}))
    queue.send_message('{"grün": "<&>"}')
    queue.send_message("later", visibility_timeout=600)
    properties = queue.get_queue_properties()
    assert properties.approximate_message_count == 2, properties.approximate_message_count
    assert properties.metadata == {"owner": "ops"}, properties.metadata
    assert [message.content for message in queue.peek_messages(32)] == ['{"grün": "<&>"}']
    received = list(queue.receive_messages(messages_per_page=32, visibility_timeout=60))
    assert [message.content for message in received] == ['{"grün": "<&>"}']
    assert received[0].dequeue_count == 1
    updated = queue.update_message(received[0], visibility_timeout=0, content="again")
    assert updated.pop_receipt != received[0].pop_receipt
    again = queue.receive_message()
    assert (again.content, again.dequeue_count) == ("again", 2)
    queue.delete_message(again)
    raises(ResourceNotFoundError, "MessageNotFound", lambda: queue.delete_message(again))
    assert [queue.name for queue in service.list_queues(name_starts_with="wo")] == ["work"]
    queue.clear_messages()
    service.delete_queue("work")
    raises(ResourceNotFoundError, "QueueNotFound", queue.get_queue_properties)


def blobs():
    service = BlobServiceClient.from_connection_string(CONNECTION, max_single_put_size=1000, max_block_size=500)
    container = service.create_container("ledger")
    blob = container.get_blob_client("a/größe.txt")
    blob.upload_blob(b"one", metadata={"kind": "decision"})
    raises(ResourceExistsError, "BlobAlreadyExists", lambda: blob.upload_blob(b"two"))
    etag = blob.get_blob_properties().etag
    replace = {"etag": etag, "match_condition": MatchConditions.IfNotModified, "overwrite": True}
    blob.upload_blob(b"two", **replace)
    raises(ResourceModifiedError, "ConditionNotMet", lambda: blob.upload_blob(b"three", **replace))
    assert blob.download_blob().readall() == b"two"
    assert blob.download_blob(offset=1, length=2).readall() == b"wo"
    large = bytes(range(256)) * 10
    container.upload_blob("a/large", large)
    assert container.download_blob("a/large").readall() == large
    container.upload_blob("z", b"")
    assert container.download_blob("z").readall() == b""
    assert [blob.name for blob in container.walk_blobs(delimiter="/")] == ["a/", "z"]
    assert list(container.list_blob_names(name_starts_with="a/")) == ["a/größe.txt", "a/large"]
    pages = container.list_blobs(results_per_page=1).by_page()
    assert sum(len(list(page)) for page in pages) == 3
    container.delete_blob("z")
    raises(ResourceNotFoundError, "BlobNotFound", lambda: container.delete_blob("z"))
    assert [container.name for container in service.list_containers()] == ["ledger"]
    container.delete_container()


queues()
blobs()
print("queue and blob are served")
