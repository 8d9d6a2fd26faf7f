'use strict';
// The platform's bridge, in both generations, beside a real berthd with real
// workspaces: from registration over starts and stops to what it makes of
// restarts and of instances that are gone.

const assert = require('node:assert/strict');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');
const { Bridge, Connection, newest, of2021 } = require('./bridge.js');
const { Service, grpc, patience, startRequest } = require('./service.js');

const proto = 'ws-manager-api/core.proto';
const wholeLife = ['PENDING', 'CREATING', 'INITIALIZING', 'RUNNING', 'STOPPING', 'STOPPED'];
let service;
let bridge;
let oldBridge;
let count = 0;

const freshId = () => `br${process.pid}-${++count}`;
const connect = (options, more = {}) => new Connection({
  address: service.address, identity: service.identity, proto, options, ...more,
});
const connectOld = () => connect(of2021, {
  includeDirs: [path.join(__dirname, 'proto-2021'), path.join(__dirname, '../../proto')],
});
const call = (method, request) => bridge.connection.call(method, request);

/** Starts a workspace that both bridges know of. */
async function start(request) {
  bridge.register(request.id);
  oldBridge.register(request.id);
  return call('StartWorkspace', request);
}

async function run(spec) {
  const request = startRequest(freshId(), spec);
  const accepted = await start(request);
  const instance = await bridge.untilPhase(request.id, 'running');
  assert.equal(instance.phase, 'running', instance.failed);
  return { id: request.id, instance, accepted };
}

async function stop(id, policy = 'NORMALLY') {
  await call('StopWorkspace', { id, policy });
  return bridge.untilPhase(id, 'stopped');
}

const bothListen = () => Promise.all([bridge.untilListening(), oldBridge.untilListening()]);

/** Polled, as there is no event for it: clients do the same. */
async function untilForgotten(id) {
  for (const deadline = Date.now() + patience; Date.now() < deadline;) {
    try {
      await call('DescribeWorkspace', { id });
    } catch (err) {
      assert.equal(err.code, grpc.status.NOT_FOUND);
      return;
    }
    await pause(500);
  }
  assert.fail(`${id} is never forgotten`);
}

before(async () => {
  service = await Service.start({ tls: true, more: 'timeouts: {stopped_retention: 15s}' });
  await service.importImage();
  bridge = new Bridge(connect(newest));
  oldBridge = new Bridge(connectOld());
  bridge.start();
  oldBridge.start();
  await bothListen();
}, { timeout: 2 * patience });

after(async () => {
  try {
    await Promise.all([bridge?.stop(), oldBridge?.stop()]);
  } finally {
    await service?.close();
  }
}, { timeout: 2 * patience });

test('no client without a certificate gets in', async () => {
  const stranger = connect(newest, { identity: { ca: service.identity.ca, key: null, cert: null } });
  stranger.isDisposed = true; // it does not try again
  await assert.rejects(stranger.call('GetWorkspaces', {}), { code: grpc.status.UNAVAILABLE });
  stranger.close();
});

test('a cluster that registers describes itself', async () => {
  const cluster = await call('DescribeCluster', {});
  const ids = cluster.workspace_classes.map((it) => it.id);
  assert.ok(ids.includes('default'), ids.join());
  assert.deepEqual(ids, [...ids].sort());
});

test('a workspace from start to stop, as both generations see it', async () => {
  const request = startRequest(freshId(), {
    ide_image: { web_ref: 'ide:web', supervisor_ref: 'ide:supervisor' },
    ports: [{ port: 8080, visibility: 'PORT_VISIBILITY_PUBLIC' }, { port: 3000, protocol: 'PORT_PROTOCOL_HTTPS' }],
    timeout: '45m',
  });
  const { id } = request;
  request.metadata.annotations = { zebra: '1', ant: '2' };
  const accepted = await start(request);
  await assert.rejects(call('StartWorkspace', request), { code: grpc.status.ALREADY_EXISTS });
  const instance = await bridge.untilPhase(id, 'running');
  assert.equal(instance.phase, 'running', instance.failed);
  assert.equal(instance.ideUrl, accepted.url);
  assert.equal(instance.ownerToken, accepted.owner_token);
  assert.equal(instance.deployed, true);
  assert.equal(instance.status.spec.timeout, '45m0s');
  const { ant, zebra } = instance.status.metadata.annotations;
  assert.deepEqual([ant, zebra], ['2', '1']);
  assert.deepEqual(instance.ports.map((it) => [it.port, it.visibility, it.protocol]), [
    [8080, 'PORT_VISIBILITY_PUBLIC', 'PORT_PROTOCOL_HTTP'], [3000, 'PORT_VISIBILITY_PRIVATE', 'PORT_PROTOCOL_HTTPS'],
  ]);

  assert.equal(instance.firstUserActivity, undefined);
  await call('MarkActive', { id });
  await bridge.until(id, (it) => it.firstUserActivity, 'the first activity');

  const { url } = await call('TakeSnapshot', { id });
  assert.match(url, new RegExp(`^workspaces/meta-${id}/snapshot-[0-9]+\\.tar`));
  const copy = await run({ initializer: { snapshot: { snapshot: url } } });
  assert.equal((await stop(copy.id, 'ABORT')).status.conditions.aborted, 'TRUE');

  const stopped = await stop(id);
  assert.equal(stopped.stoppedByRequest, true);
  assert.equal(stopped.status.conditions.final_backup_complete, 'TRUE');
  assert.equal(stopped.status.conditions.failed, '');
  assert.deepEqual(stopped.phases, wholeLife);

  const old = await oldBridge.untilPhase(id, 'stopped');
  assert.deepEqual(old.phases, wholeLife);
  assert.equal(old.status.spec.ide_image, 'ide:web');
  assert.deepEqual(old.ports.map((it) => [it.port, it.target]), [[8080, 8080], [3000, 3000]]);
  assert.equal(old.ownerToken, accepted.owner_token);
  await call('StopWorkspace', { id }); // who stops what has stopped gets no error
});

test('a client of 2021 starts and stops a workspace', async () => {
  const id = freshId();
  bridge.register(id);
  oldBridge.register(id);
  const { connection } = oldBridge;
  const { url } = await connection.call('StartWorkspace', startRequest(id, {
    ide_image: 'ide:old', checkout_location: 'project', feature_flags: ['USER_NAMESPACE', 'FULL_WORKSPACE_BACKUP'],
    ports: [{ port: 8080, target: 9090, visibility: 'PORT_VISIBILITY_PUBLIC' }],
  }));
  const old = await oldBridge.untilPhase(id, 'running');
  assert.equal(old.phase, 'running', old.failed);
  assert.equal(old.ideUrl, url);
  assert.equal(old.status.spec.ide_image, 'ide:old');
  assert.equal(old.status.conditions.service_exists, 'TRUE');
  assert.equal(old.ports[0].target, 8080);
  const { status } = await connection.call('DescribeWorkspace', { id });
  assert.equal(status.id, id);
  await connection.call('MarkActive', { id, closed: false });
  await oldBridge.until(id, (it) => it.firstUserActivity, 'the first activity');
  const seen = bridge.instances.get(id);
  assert.equal(seen.status.spec.ide_image.web_ref, 'ide:old');
  await connection.call('StopWorkspace', { id, policy: 'IMMEDIATELY' });
  assert.deepEqual((await oldBridge.untilPhase(id, 'stopped')).phases, wholeLife);
  assert.equal(old.status.conditions.final_backup_complete, 'TRUE');
  assert.deepEqual((await bridge.untilPhase(id, 'stopped')).phases, wholeLife);
});

test('a prebuild is available when it has stopped', async () => {
  const request = startRequest(freshId(), {
    envvars: [{ name: 'GITPOD_TASKS', value: JSON.stringify([{ init: 'echo built > /workspace/built' }]) }],
  });
  request.type = 'PREBUILD';
  await start(request);
  const done = await bridge.untilPhase(request.id, 'stopped');
  assert.equal(done.status.conditions.failed, '');
  assert.equal(done.prebuild, 'available');
  assert.equal(done.stoppedByRequest, false);
  assert.deepEqual(done.phases, wholeLife);
  const { id } = await run({ initializer: { prebuild: { prebuild: { snapshot: done.status.conditions.snapshot } } } });
  await service.spawnInside(id, ['cat', '/workspace/built'], 'built');
  await stop(id, 'ABORT');
});

test('a prebuild that is cancelled is aborted', async () => {
  const request = startRequest(freshId(), {
    envvars: [{ name: 'GITPOD_TASKS', value: JSON.stringify([{ init: 'tail -f /dev/null' }]) }],
  });
  request.type = 'PREBUILD';
  await start(request);
  await bridge.until(request.id, (it) => it.prebuild === 'building' || it.phase === 'stopped', 'the building');
  assert.equal((await stop(request.id, 'ABORT')).prebuild, 'aborted');
});

test('a restart is seen by nobody', async () => {
  const [one, two] = [await run(), await run()];
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    const how = await service.end(signal);
    if (signal === 'SIGTERM') assert.equal(how, 0);
    // The call is made while nobody answers, and tried until somebody does.
    const retried = new Promise((resolve) => { bridge.connection.onRetry = resolve; });
    const marked = call('MarkActive', { id: two.id, closed: signal === 'SIGTERM' });
    await retried;
    await service.begin();
    await marked;
    await bridge.control();
    for (const { id } of [one, two]) {
      const { status } = await call('DescribeWorkspace', { id });
      assert.equal(status.phase, 'RUNNING');
      assert.equal(bridge.instances.get(id).phase, 'running');
    }
  }
  assert.equal(one.instance.ownerToken, one.accepted.owner_token);
  // Updates arrive as if nothing had been.
  await bothListen();
  assert.ok((await bridge.until(two.id, (it) => it.firstUserActivity, 'the first activity')));
  for (const { id } of [one, two]) {
    await stop(id);
    for (const each of [bridge, oldBridge]) {
      const { phases, status } = await each.untilPhase(id, 'stopped');
      assert.deepEqual(phases, wholeLife);
      assert.equal(status.conditions.final_backup_complete, 'TRUE');
    }
  }
});

test('what stops while the service restarts is heard of', async () => {
  const { id } = await run();
  await service.end('SIGKILL');
  const retried = new Promise((resolve) => { bridge.connection.onRetry = resolve; });
  const stopped = stop(id);
  await retried;
  await service.begin();
  // STOPPING may be over before a bridge is back.
  const { phases, status } = await stopped;
  assert.deepEqual(phases.filter((it) => it !== 'STOPPING'), wholeLife.filter((it) => it !== 'STOPPING'));
  assert.equal(status.conditions.final_backup_complete, 'TRUE');
  assert.equal((await oldBridge.untilPhase(id, 'stopped')).status.conditions.final_backup_complete, 'TRUE');
});

test('instances that are gone are marked as stopped, and no others', async () => {
  const { id } = await run();
  const away = new Bridge(connect(newest)); // it does not listen
  away.register(id, 'running');
  away.register('never-started', 'preparing');
  away.register('long-gone', 'running');
  await away.control();
  assert.equal(away.instances.get('long-gone').markedStopped, true);
  assert.equal(away.instances.get('never-started').phase, 'preparing');
  assert.equal(away.instances.get(id).phase, 'running');
  await stop(id);
  await untilForgotten(id);
  await away.control();
  assert.equal(away.instances.get(id).markedStopped, true);
  await bridge.control();
  assert.equal(bridge.instances.get(id).markedStopped, undefined);
  away.connection.close();
});

test('no update came late, twice, incomplete or out of order', () => {
  for (const each of [bridge, oldBridge]) {
    assert.deepEqual(each.complaints, []);
    for (const { error } of each.streams)
      assert.doesNotMatch(error?.details ?? '', /too_many_pings|ENHANCE_YOUR_CALM/i);
  }
  for (const { versions } of bridge.streams)
    for (const [id, seen] of versions)
      assert.ok(seen.every((it, i) => i === 0 || it > seen[i - 1]), `${id}: ${seen}`);
});
