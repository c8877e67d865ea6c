"""Zoho's Python SDK at work: a job as JSON on stdin, what the SDK made of each case as JSON on stdout.

The SDK keeps its state in globals of the interpreter and in files, so it runs in a process of its own. Versions 7 and 8 are one
program here: both call their package `zohocrmsdk`, and PYTHONPATH says which is meant.
"""

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
    GetRelatedRecordParam,
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


def parameters(given):
    made = ParameterMap()
    for parameter, value in given.items():
        made.add(parameter, value)
    return made


def body(ids, fields):
    rows = []
    for each in ids:
        row = Record()
        row.set_id(int(each))
        for name, value in fields.items():
            row.add_key_value(name, value)
        rows.append(row)
    made = BodyWrapper()
    made.set_data(rows)
    return made


def written(answer):
    rows = answer.get_object().get_data()
    return [
        [answer.get_status_code(), row.get_code().get_value(), row.get_message().get_value()] for row in rows
    ]


def plain(value):
    if isinstance(value, Record):
        value = value.get_key_values()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name != "id"}
    return value


def row(record, names):
    values = record.get_key_values()
    values = {**values, **(values.get("$member_info") or {})}
    return [str(record.get_id()), {name: plain(values[name]) for name in names}]


class Case:
    def __init__(self, job):
        self.job, self.parent, self.ids = job, int(job["parent"]), job["ids"]
        self.calls = RelatedRecordsOperations(job["listed"], job["module"])
        self.names = ",".join(["id", *job["first"]])

    def write(self, ids, fields):
        if self.job["one_by_one"]:
            answers = [self.write_one(each, fields) for each in ids]
            return [told for answer in answers for told in answer]
        return written(self.calls.update_related_records(self.parent, body(ids, fields)))

    def write_one(self, related, fields):
        return written(self.calls.update_related_record(int(related), self.parent, body([related], fields)))

    def delink(self, ids):
        if self.job["one_by_one"]:
            return [told for each in ids for told in self.delink_one(each)]
        named = parameters({DelinkRecordsParam.ids: ",".join(ids)})
        return written(self.calls.delink_records(self.parent, named))

    def delink_one(self, related):
        return written(self.calls.delink_record(int(related), self.parent))

    def pages(self):
        found, more, number = [], True, 0
        while more:
            number += 1
            asked = {GetRelatedRecordsParam.fields: self.names, GetRelatedRecordsParam.page: number}
            answer = self.calls.get_related_records(
                self.parent, parameters({**asked, GetRelatedRecordsParam.per_page: 2})
            )
            if answer.get_status_code() == 204:
                return found
            page = answer.get_object()
            found.append([row(each, self.job["first"]) for each in page.get_data()])
            more = page.get_info().get_more_records()
        return found

    def one(self, related):
        named = parameters({GetRelatedRecordParam.fields: self.names})
        answer = self.calls.get_related_record(int(related), self.parent, named)
        return [row(each, self.job["first"]) for each in answer.get_object().get_data()]

    def carry_out(self):
        a, b, c = self.ids
        return {
            "link": self.write(self.ids, self.job["first"]),
            "pages": self.pages(),
            "change": self.write_one(b, self.job["second"]),
            "one": self.one(b),
            "delink one": self.delink_one(b),
            "left": self.pages(),
            "delink": self.delink([a, c]),
            "empty": self.pages(),
        }


def told(job):
    try:
        return Case(job).carry_out()
    except Exception as error:  # noqa: BLE001  told as what became of this case
        return {"failed": f"{type(error).__name__}: {error}"}


given = json.load(sys.stdin)
start(given)
json.dump([told(case) for case in given["cases"]], sys.stdout)
