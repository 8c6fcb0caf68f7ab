"""moto as AWS on a free port of the loopback, until standard input ends.

Prints the address as its first and only line. Nothing outlives the process that
started it: a pipe whose writer is gone has an end.
"""

import logging
import os
import sys
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

import corrections
from cloudwatch_shim import CloudWatch


class OneAtATime:
    """moto keeps everything in plain dictionaries that know no locks.

    Receiving from a queue is let through, because it may wait for a message
    that another call has to bring.
    """

    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ.get("HTTP_X_AMZ_TARGET") == "AmazonSQS.ReceiveMessage":
            return self.app(environ, start_response)
        with self.lock:
            return self.app(environ, start_response)


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    corrections.apply()
    app = OneAtATime(CloudWatch(DomainDispatcherApplication(create_backend_app)))
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.buffer.read()
    # Threads that wait for a message would keep an ordinary exit waiting.
    os._exit(0)


if __name__ == "__main__":
    main()
