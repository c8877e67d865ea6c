// n8n's node for Zoho CRM at work: a job as JSON on stdin, what the node returned for each step as JSON on stdout.
// Around the node is what n8n itself gives it: its parameters, its credentials, and a request that carries the token.
// The argument is the node's file, as installed.

const { readFileSync } = require("node:fs");

const { ZohoCrm } = require(process.argv[2]);

async function tokenOf(job) {
    const form = {
        grant_type: "refresh_token",
        client_id: job.ZSYNC_CLIENT_ID,
        client_secret: job.ZSYNC_CLIENT_SECRET,
        refresh_token: job.ZSYNC_REFRESH_TOKEN,
    };
    const answer = await fetch(`${job.ZSYNC_API_DOMAIN}/oauth/v2/token`, { method: "POST", body: new URLSearchParams(form) });
    return answer.json();
}

// n8n refuses an answer that is not 2xx with an error that has its body, and returns undefined for an empty one.
async function request(token, { method, uri, qs, body }) {
    const url = new URL(uri);
    for (const [name, value] of Object.entries(qs ?? {})) {
        url.searchParams.set(name, value);
    }
    const headers = { Authorization: `Zoho-oauthtoken ${token.access_token}`, "Content-Type": "application/json" };
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    const data = text ? JSON.parse(text) : undefined;
    if (!answer.ok) {
        throw Object.assign(new Error(`${answer.status} - ${text}`), { statusCode: answer.status, cause: { data } });
    }
    return data;
}

function surroundings(token, parameters) {
    const node = { id: "1", name: "Zoho CRM", type: "n8n-nodes-base.zohoCrm", typeVersion: 1, position: [0, 0], parameters };
    return {
        getNode: () => node,
        getInputData: () => [{ json: {} }],
        getNodeParameter: (name) => parameters[name] ?? ({ additionalFields: {}, options: {}, updateFields: {} })[name],
        getCredentials: async () => ({ oauthTokenData: token }),
        continueOnFail: () => false,
        helpers: {
            requestOAuth2: (_credentials, options) => request(token, options),
            returnJsonArray: (data) => (Array.isArray(data) ? data : [data]).map((json) => ({ json })),
            constructExecutionMetaData: (items) => items,
        },
    };
}

async function step(token, given, known) {
    const filled = (text) => (typeof text === "string" && text.startsWith("=") ? known[text.slice(1)] : text);
    const parameters = Object.fromEntries(Object.entries(given.parameters).map(([name, one]) => [name, filled(one)]));
    const node = new ZohoCrm();
    const around = surroundings(token, parameters);
    try {
        if (given.load) {
            return { options: await node.methods.loadOptions[given.load].call(around) };
        }
        const [items] = await node.execute.call(around);
        const rows = items.map((item) => item.json);
        if (given.keep) {
            known[given.keep] = rows[0].id;
        }
        return { rows };
    } catch (error) {
        return { refused: error.message, description: error.description ?? null };
    }
}

async function main() {
    const job = JSON.parse(readFileSync(0, "utf8"));
    const token = await tokenOf(job);
    const told = [];
    const known = {};
    for (const given of job.steps) {
        told.push(await step(token, given, known));
    }
    process.stdout.write(JSON.stringify(told));
}

main();
