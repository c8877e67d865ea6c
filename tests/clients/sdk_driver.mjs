// Zoho's Node SDK at work: a job as JSON on stdin, what the SDK made of each case as JSON on stdout. It is sdk_driver.py's twin.
// The first argument is the SDK's own entry, as installed.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const ZOHO = await import(pathToFileURL(process.argv[2]).href);
const { BodyWrapper, DelinkRecordsParam, GetRelatedRecordParam, GetRelatedRecordsParam, RelatedRecordsOperations } =
    ZOHO.RelatedRecords;

async function start(job) {
    const url = job.ZSYNC_API_DOMAIN;
    const token = new ZOHO.OAuthBuilder()
        .clientId(job.ZSYNC_CLIENT_ID)
        .clientSecret(job.ZSYNC_CLIENT_SECRET)
        .refreshToken(job.ZSYNC_REFRESH_TOKEN)
        .build();
    const builder = await new ZOHO.InitializeBuilder();
    await builder
        .environment(new ZOHO.Environment(url, `${url}/oauth/v2/token`, url))
        .token(token)
        .store(new ZOHO.FileStore(`${job.folder}/token.txt`))
        .SDKConfig(new ZOHO.SDKConfigBuilder().autoRefreshFields(true).build())
        .resourcePath(`${job.folder}/`) // the SDK puts its own folder right behind it, without a slash
        .logger(new ZOHO.LogBuilder().level(ZOHO.Levels.ERROR).filePath(`${job.folder}/log`).build())
        .initialize();
}

async function parameters(...given) {
    const made = new ZOHO.ParameterMap();
    for (const [parameter, value] of given) {
        await made.add(parameter, value);
    }
    return made;
}

function body(ids, fields) {
    const rows = ids.map((id) => {
        const row = new ZOHO.Record.Record();
        row.setId(BigInt(id));
        for (const [name, value] of Object.entries(fields)) {
            row.addKeyValue(name, value);
        }
        return row;
    });
    const made = new BodyWrapper();
    made.setData(rows);
    return made;
}

function written(answer) {
    const rows = answer.getObject().getData();
    return rows.map((row) => [answer.getStatusCode(), row.getCode().getValue(), row.getMessage().getValue()]);
}

function plain(value) {
    if (value instanceof ZOHO.Record.Record) {
        return plain(value.getKeyValues());
    }
    if (value instanceof Map) {
        return Object.fromEntries([...value].filter(([name]) => name !== "id").map(([name, one]) => [name, plain(one)]));
    }
    if (value !== null && typeof value === "object" && value.constructor === Object) {
        return plain(new Map(Object.entries(value)));
    }
    return value;
}

function row(record, names) {
    const values = plain(record.getKeyValues());
    const all = { ...values, ...values.$member_info };
    return [String(record.getId()), Object.fromEntries(names.map((name) => [name, all[name]]))];
}

async function carryOut(job) {
    const parent = BigInt(job.parent);
    const calls = new RelatedRecordsOperations(job.listed, job.module);
    const [a, b, c] = job.ids;
    const names = Object.keys(job.first);
    const fields = ["id", ...names].join(",");

    const writeOne = async (id, values) =>
        written(await calls.updateRelatedRecord(BigInt(id), parent, body([id], values)));
    const delinkOne = async (id) => written(await calls.delinkRecord(BigInt(id), parent));
    const each = async (ids, does) => {
        const told = [];
        for (const id of ids) {
            told.push(...(await does(id)));
        }
        return told;
    };
    const write = async (ids, values) =>
        job.one_by_one
            ? each(ids, (id) => writeOne(id, values))
            : written(await calls.updateRelatedRecords(parent, body(ids, values)));
    const delink = async (ids) =>
        job.one_by_one
            ? each(ids, delinkOne)
            : written(await calls.delinkRecords(parent, await parameters([DelinkRecordsParam.IDS, ids.join(",")])));
    const pages = async () => {
        const found = [];
        for (let more = true, number = 1; more; number += 1) {
            const asked = await parameters(
                [GetRelatedRecordsParam.FIELDS, fields],
                [GetRelatedRecordsParam.PAGE, number],
                [GetRelatedRecordsParam.PER_PAGE, 2],
            );
            const answer = await calls.getRelatedRecords(parent, asked);
            if (answer.getStatusCode() === 204) {
                break;
            }
            const page = answer.getObject();
            found.push(page.getData().map((record) => row(record, names)));
            more = page.getInfo().getMoreRecords();
        }
        return found;
    };
    const one = async (id) => {
        const answer = await calls.getRelatedRecord(BigInt(id), parent, await parameters([GetRelatedRecordParam.FIELDS, fields]));
        return answer.getObject().getData().map((record) => row(record, names));
    };

    return {
        link: await write(job.ids, job.first),
        pages: await pages(),
        change: await writeOne(b, job.second),
        one: await one(b),
        "delink one": await delinkOne(b),
        left: await pages(),
        delink: await delink([a, c]),
        empty: await pages(),
    };
}

const job = JSON.parse(readFileSync(0, "utf8"));
await start(job);
const told = [];
for (const given of job.cases) {
    try {
        told.push(await carryOut(given));
    } catch (error) {
        told.push({ failed: String(error.stack ?? error), details: JSON.stringify(error.details ?? null) });
    }
}
process.stdout.write(JSON.stringify(told));
