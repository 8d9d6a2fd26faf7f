'use strict';
// The way in: a real nginx with the configuration that we deliver, in front of
// a real berthd, in front of real servers inside a workspace.

const assert = require('node:assert/strict');
const childProcess = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { after, before, test } = require('node:test');
const WebSocket = require('ws');
const { Service, freePort, patience, startRequest, within } = require('./service.js');

const id = `in${process.pid}`;
let service;
let nginx;
let port; // of nginx
let token;

/** nginx on a port of its own, with deploy/ingress/berth.conf. */
async function startNginx(dir, httpPort) {
  const delivered = fs.readFileSync(path.join(__dirname, '../../deploy/ingress/berth.conf'), 'utf8');
  const config = path.join(dir, 'nginx.conf');
  fs.mkdirSync(path.join(dir, 'nginx'));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${dir}/nginx/${kind};`).join(' ');
  fs.writeFileSync(config, `
daemon off; pid ${dir}/nginx.pid; error_log ${dir}/nginx.log; worker_processes 1; user root;
events {}
http {
  access_log off; ${temp}
  ${delivered.replace('127.0.0.1:7401', `127.0.0.1:${httpPort}`).replace('127.0.0.1:7402', `127.0.0.1:${port}`)}
}`);
  const process = childProcess.spawn('/usr/sbin/nginx', ['-c', config, '-e', `${dir}/nginx.log`], { stdio: 'inherit' });
  process.ended = new Promise((resolve) => process.once('exit', resolve));
  for (let up = false; !up;) {
    assert.equal(process.exitCode, null, 'nginx runs');
    up = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); })
        .on('error', () => resolve(false));
    });
  }
  return process;
}

/** The host name and port of a URL of ours. */
const hostOf = (label) => `${label}.ws.localhost:${port}`;
const workspaceHost = () => hostOf(`meta-${id}`);
const portHost = (number) => hostOf(`${number}-meta-${id}`);
const cookieOf = (value) => `_ws_localhost_ws_${id}_owner_=${value}`;

/** One request through nginx; `json` is what the server inside saw of it. */
function ask(host, { target = '/', method = 'GET', headers = {}, body } = {}) {
  const asked = new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: target, method, agent: false, headers: { Host: host, ...headers } };
    http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject).on('end', () => {
        const bytes = Buffer.concat(chunks);
        const isJson = /json/.test(response.headers['content-type']);
        resolve({ status: response.statusCode, headers: response.headers, bytes, text: bytes.toString(),
          json: isJson ? JSON.parse(bytes) : undefined });
      });
    }).on('error', reject).end(body);
  });
  return within(asked, `${method} ${host}${target}`);
}

const asOwner = (host, options = {}) => ask(host, { ...options, headers: { 'x-gitpod-owner-token': token, ...options.headers } });

/** Bytes as they are, for what no honest client sends; the whole answer. */
function askRaw(bytes) {
  const asked = new Promise((resolve, reject) => {
    let text = '';
    net.connect(port, '127.0.0.1').on('error', reject).on('end', () => resolve(text))
      .on('data', (chunk) => { text += chunk; }).write(bytes);
  });
  return within(asked, 'the answer to raw bytes');
}

/** What a WebSocket says to `text`, or the status of its refusal. */
function talk(host, headers, text) {
  const talked = new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { Host: host, ...headers } });
    socket.on('open', () => socket.send(text));
    socket.on('message', (said) => { resolve(said.toString()); socket.close(); });
    socket.on('unexpected-response', (_, response) => { resolve(response.statusCode); response.destroy(); });
    socket.on('error', reject);
  });
  return within(talked, `the WebSocket of ${host}`);
}

before(async () => {
  port = await freePort();
  service = await Service.start({ more: `
ingress: {workspace_url: "http://{{ .Prefix }}.ws.localhost:${port}", port_url: "http://{{ .WorkspacePort }}-{{ .Prefix }}.ws.localhost:${port}", host: "http://ws.localhost:${port}"}
timeouts: {stopped_retention: 30m}` });
  nginx = await startNginx(service.dir, service.httpPort);
  await service.importImage({ withNode: true });
  const ports = [
    { port: 8080, visibility: 'PORT_VISIBILITY_PRIVATE' },
    { port: 8081, visibility: 'PORT_VISIBILITY_PUBLIC' },
    { port: 8443, visibility: 'PORT_VISIBILITY_PRIVATE', protocol: 'PORT_PROTOCOL_HTTPS' },
  ];
  ({ owner_token: token } = await service.ask('StartWorkspace', startRequest(id, { ports })));
  await service.running(id);
}, { timeout: 2 * patience });

after(async () => {
  try {
    if (service) await service.close();
  } finally {
    if (nginx) { nginx.kill(); await nginx.ended; }
  }
}, { timeout: 2 * patience });

test('says that nothing serves yet', async () => {
  const workspace = await asOwner(workspaceHost());
  assert.equal(workspace.status, 502);
  assert.match(workspace.text, /Nothing answers in this workspace yet/);
  const closed = await asOwner(portHost(8080));
  assert.equal(closed.status, 404);
  assert.match(closed.text, /Nothing answers on this port/);
  await service.spawnInside(id, ['node', '/srv/web_server.js'], 'serving');
});

test('leads to the server that the URL means', async () => {
  const { spec } = (await service.ask('DescribeWorkspace', { id })).status;
  assert.equal(spec.url, `http://${workspaceHost()}`);
  assert.deepEqual(spec.exposed_ports.map((it) => it.url), [8080, 8081, 8443].map((it) => `http://${portHost(it)}`));
  const target = '/a%2Fb/../c//d?x=%20&y';
  const ide = await asOwner(new URL(spec.url).host, { target });
  assert.equal(ide.status, 200, ide.text);
  assert.equal(ide.json.port, 23000);
  assert.equal(ide.json.url, target);
  assert.equal((await asOwner(workspaceHost(), { target: '/_supervisor/v1/status' })).json.port, 22999);
  assert.equal((await asOwner(workspaceHost(), { target: '/_supervisors' })).json.port, 23000);
  for (const each of spec.exposed_ports) {
    const answer = await asOwner(new URL(each.url).host, { target: '/_supervisor/v1' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.port, each.port);
  }
  assert.equal((await asOwner(hostOf(`META-${id}`.toUpperCase()))).json.port, 23000);
});

test('asks for the owner token, as header or as cookie', async () => {
  for (const host of [workspaceHost(), portHost(8080), portHost(8443)]) {
    const cookie = (value) => ask(host, { headers: { Cookie: `a=b; ${cookieOf(value)}` } });
    const header = (value) => ask(host, { headers: { 'x-gitpod-owner-token': value } });
    const nothing = await ask(host);
    assert.equal(nothing.status, 401);
    assert.match(nothing.text, /This workspace is private/);
    assert.match(nothing.headers['content-type'], /text\/html/);
    assert.equal((await header(token)).status, 200);
    assert.equal((await header(encodeURIComponent(token))).status, 200);
    assert.equal((await header(`${token}x`)).status, 403);
    assert.equal((await header('%')).status, 400);
    assert.equal((await cookie(token)).status, 200);
    assert.equal((await cookie('no')).status, 403);
  }
});

test('lets everyone in where the owner says so', async () => {
  const answer = await ask(portHost(8081));
  assert.equal(answer.status, 200);
  assert.equal(answer.json.port, 8081);
  const open = `${id}open`;
  await service.ask('StartWorkspace', startRequest(open, { admission: 'ADMIT_EVERYONE' }));
  await service.running(open);
  assert.equal((await ask(hostOf(`meta-${open}`))).status, 502);
  await service.spawnInside(open, ['node', '/srv/web_server.js'], 'serving');
  assert.equal((await ask(hostOf(`meta-${open}`))).json.port, 23000);
  assert.equal((await ask(hostOf(`8080-meta-${open}`))).json.port, 8080);
  await service.stop(open, 'ABORT');
});

test('hears at once what the owner changes', async () => {
  const host = portHost(8080);
  const control = (expose, visibility, protocol = 'PORT_PROTOCOL_HTTP') => service.ask('ControlPort',
    { id, expose, spec: { port: 8080, visibility, protocol } });
  await control(true, 'PORT_VISIBILITY_PUBLIC');
  assert.equal((await ask(host)).json.port, 8080);
  await control(true, 'PORT_VISIBILITY_PRIVATE', 'PORT_PROTOCOL_HTTPS');
  assert.equal((await ask(host)).status, 401);
  assert.equal((await asOwner(host)).status, 404); // it speaks HTTP only
  await control(true, 'PORT_VISIBILITY_PUBLIC');
  await control(false);
  assert.equal((await ask(host)).status, 401);
  assert.equal((await asOwner(host)).json.port, 8080);
  await service.ask('ControlAdmission', { id, level: 'ADMIT_EVERYONE' });
  assert.equal((await ask(host)).json.port, 8080);
  assert.equal((await ask(workspaceHost())).json.port, 23000);
  await service.ask('ControlAdmission', { id, level: 'ADMIT_OWNER_ONLY' });
  assert.equal((await ask(workspaceHost())).status, 401);
  await control(true, 'PORT_VISIBILITY_PRIVATE');
});

test('keeps the token from the servers inside', async () => {
  const headers = {
    Cookie: `a=b; ${cookieOf(token)}; c=d`, 'x-gitpod-owner-token': token, 'X-Forwarded-For': '1.2.3.4',
    'X-Forwarded-Host': 'evil', 'X-Forwarded-Proto': 'https', 'X-Real-IP': '1.2.3.4', Forwarded: 'for=1.2.3.4',
  };
  const { json } = await ask(portHost(8080), { headers });
  assert.ok(!JSON.stringify(json).includes(token));
  assert.equal(json.headers.cookie, 'a=b; c=d');
  assert.equal(json.headers.host, portHost(8080));
  assert.equal(json.headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(json.headers['x-forwarded-host'], portHost(8080));
  assert.equal(json.headers['x-forwarded-proto'], 'http');
  assert.equal(json.headers['x-real-ip'], '127.0.0.1');
  assert.equal(json.headers.forwarded, undefined);
  const long = `long=${'x'.repeat(7 << 10)}`;
  assert.equal((await ask(portHost(8080), { headers: { Cookie: `${long}; ${cookieOf(token)}` } })).json.headers.cookie, long);
});

test('lets ports, and only them, be shown in other pages', async () => {
  assert.equal((await asOwner(workspaceHost())).headers['x-frame-options'], 'DENY');
  assert.equal((await asOwner(portHost(8080))).headers['x-frame-options'], undefined);
});

test('moves bytes both ways, and errors of servers as they are', async () => {
  const body = crypto.randomBytes(3 << 20);
  const echoed = await asOwner(portHost(8443), { target: '/echo', method: 'POST', body });
  assert.equal(echoed.status, 200);
  assert.ok(echoed.bytes.equals(body));
  const missing = await asOwner(portHost(8080), { target: '/missing' });
  assert.equal(missing.status, 404);
  assert.equal(missing.json.url, '/missing');
});

test('passes WebSockets', async () => {
  const cookie = { Cookie: cookieOf(token) };
  assert.equal(await talk(workspaceHost(), cookie, 'a'), '23000 heard a');
  assert.equal(await talk(portHost(8080), { 'x-gitpod-owner-token': token }, 'b'), '8080 heard b');
  assert.equal(await talk(portHost(8443), cookie, 'c'), '8443 heard c');
  assert.equal(await talk(portHost(8081), {}, 'd'), '8081 heard d');
  assert.equal(await talk(portHost(8080), {}, 'e'), 401);
  // Pages of the workspace itself may, those of another one may not.
  assert.equal(await talk(workspaceHost(), { ...cookie, Origin: `http://${portHost(8080)}` }, 'f'), '23000 heard f');
  assert.equal(await talk(workspaceHost(), { ...cookie, Origin: `http://${hostOf('meta-evil')}` }, 'g'), 401);
});

test('is not talked into anything', async () => {
  const forged = {
    'X-Berth-Host': portHost(8081), 'X-Berth-Upstream': `http://127.0.0.1:${service.httpPort}`, 'X-Berth-Status': '200',
    'X-Berth-Kind': 'port', 'X-Berth-Cookie': cookieOf(token), 'X-Original-URL': '/_supervisor', 'X-Forwarded-Host': portHost(8081),
  };
  assert.equal((await ask(portHost(8080), { headers: forged })).status, 401);
  assert.equal((await asOwner(portHost(8080), { headers: forged })).json.port, 8080);
  // The door behind nginx is not for clients.
  const inner = await asOwner(workspaceHost(), { target: '/.berth/authorize' });
  assert.equal(inner.status, 404);
  assert.equal(inner.headers['x-berth-upstream'], undefined);
  // Nor for what servers inside say to nginx.
  assert.equal((await asOwner(portHost(8080), { target: '/accel' })).json.url, '/accel');
  // Another protocol may not take the connection over.
  const upgrade = { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABk' };
  const { json } = await asOwner(portHost(8080), { headers: upgrade });
  assert.equal(json.headers.upgrade, undefined);
  assert.equal(json.headers.connection, 'close');

  const close = 'Connection: close\r\n';
  const status = async (...lines) => (await askRaw(`${lines.join('\r\n')}\r\n${close}\r\n`)).split('\r\n')[0].split(' ')[1];
  const open = portHost(8081);
  const locked = portHost(8080);
  assert.equal(await status('GET / HTTP/1.1', `Host: ${open}`), '200');
  assert.equal(await status('GET / HTTP/1.1', `Host: ${open}`, `Host: ${locked}`), '400');
  // The URL counts, for the decision and for the way.
  assert.equal(await status(`GET http://${locked}/ HTTP/1.1`, `Host: ${open}`), '401');
  assert.equal(await status('GET / HTTP/1.1', `Host: ${locked.split(':')[0]}.evil.com`), '404');
  assert.equal(await status('GET / HTTP/1.1', `Host: ${locked}@${open}`), '401');
  assert.equal(await status('GET / HTTP/1.1', `Host: ${open}`, `Host : ${locked}`), '400');
  assert.equal(await status('GET / HTTP/1.0'), '404');
  assert.equal(await status('POST / HTTP/1.1', `Host: ${open}`, 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', ''), '400');
  assert.equal(await status('POST / HTTP/1.1', `Host: ${open}`, 'Transfer-Encoding: xchunked'), '501');
});

test('tells unknown workspaces from those that do not run', async () => {
  const unknown = await asOwner(hostOf('meta-nobody'));
  assert.equal(unknown.status, 404);
  assert.match(unknown.text, /There is no workspace at this address/);
  assert.equal((await asOwner(hostOf('8080-meta-nobody'))).status, 404);
  assert.equal((await asOwner('127.0.0.1')).status, 404);
  await service.end('SIGKILL');
  const down = await asOwner(workspaceHost());
  assert.equal(down.status, 503);
  assert.match(down.text, /The node does not answer/);
  await service.begin();
  // The server inside ends with the session that started it, sooner or later.
  assert.ok([200, 502].includes((await asOwner(workspaceHost())).status));
  await service.stop(id);
  for (const host of [workspaceHost(), portHost(8081)]) {
    const stopped = await asOwner(host);
    assert.equal(stopped.status, 503);
    assert.match(stopped.text, /This workspace is not running/);
    assert.equal(stopped.headers['cache-control'], 'no-store');
  }
});
