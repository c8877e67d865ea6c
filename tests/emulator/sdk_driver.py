"""Run by test_official_sdk.py in the SDK's interpreter: a job as JSON on stdin, the SDK's answers as JSON on stdout."""

# mypy: ignore-errors

import json
import sys

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.record import Record
from zohocrmsdk.src.com.zoho.crm.api.related_records import (
    BodyWrapper,
    DelinkRecordsParam,
    GetRelatedRecordsParam,
    RelatedRecordsOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig


def start(job):
    url, folder = job["ZSYNC_API_DOMAIN"], job["folder"]
    Initializer.initialize(
        DataCenter.Environment(url, f"{url}/oauth/v2/token", url),
        OAuthToken(
            client_id=job["ZSYNC_CLIENT_ID"],
            client_secret=job["ZSYNC_CLIENT_SECRET"],
            refresh_token=job["ZSYNC_REFRESH_TOKEN"],
        ),
        store=FileStore(f"{folder}/token.txt"),
        sdk_config=SDKConfig(auto_refresh_fields=True, connect_timeout=300, read_timeout=300),
        resource_path=folder,
        logger=Logger.get_instance(Logger.Levels.ERROR, f"{folder}/log"),
    )


def written(answer):
    row = answer.get_object().get_data()[0]
    return [answer.get_status_code(), row.get_code().get_value(), row.get_message().get_value()]


def parameters(parameter, value):
    found = ParameterMap()
    found.add(parameter, value)
    return found


def link(operations, parent, related_id, fields):
    record, body = Record(), BodyWrapper()
    record.set_id(int(related_id))
    for name, value in fields.items():
        record.add_key_value(name, value)
    body.set_data([record])
    return written(operations.update_related_records(parent, body))


def read(operations, parent, fields):
    names = parameters(GetRelatedRecordsParam.fields, ",".join(["id", *fields]))
    rows = operations.get_related_records(parent, names).get_object().get_data()
    return {str(row.get_id()): row.get_key_values() for row in rows}


def carry_out(path, name, related_id, fields):
    module, parent = path.split("/")
    operations = RelatedRecordsOperations(name, module)
    return {
        "link": link(operations, int(parent), related_id, fields),
        "read": read(operations, int(parent), fields),
        "delink": written(
            operations.delink_records(int(parent), parameters(DelinkRecordsParam.ids, related_id))
        ),
    }


given = json.load(sys.stdin)
start(given)
json.dump([carry_out(*case) for case in given["cases"]], sys.stdout)
