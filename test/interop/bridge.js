'use strict';
// What the platform's bridge does with a workspace manager: how it connects,
// retries, listens, and what it makes of what it hears.

const { EventEmitter, once } = require('node:events');
const { setTimeout: pause } = require('node:timers/promises');
const { grpc, load, within } = require('./service.js');

const minute = 60_000;
const newest = {
  'grpc.keepalive_time_ms': minute,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.http2.min_time_between_pings_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.dns_min_time_between_resolutions_ms': 2_000,
  'grpc.max_receive_message_length': 16 << 20,
  'grpc-node.max_session_memory': 50,
};
const of2021 = {
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 1_000,
  'grpc.http2.min_time_between_pings_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': 16 << 20,
};

/** A connection as the platform's client library keeps it. */
class Connection {
  constructor({ address, identity, proto, includeDirs, options }) {
    this.Client = load(proto, includeDirs).wsman.WorkspaceManager;
    this.address = address;
    this.credentials = grpc.credentials.createSsl(identity.ca, identity.key, identity.cert);
    this.options = { ...options, 'grpc.ssl_target_name_override': 'ws-manager' };
  }

  /** One that is not ready is given up for a new one. */
  client() {
    const ready = grpc.connectivityState.READY;
    if (this.current?.getChannel().getConnectivityState(false) !== ready) {
      this.current?.close();
      this.current = new this.Client(this.address, this.credentials, this.options);
    }
    return this.current;
  }

  static headers() {
    const headers = new grpc.Metadata();
    headers.set('uber-trace-id', '1f:2f:0:1');
    return headers;
  }

  /** Up to 30 attempts a second apart, if trying again is safe. */
  async call(method, request) {
    const limit = method === 'StartWorkspace' ? 11 * minute : minute / 2;
    for (let attempt = 1; ; ++attempt) {
      try {
        return await new Promise((resolve, reject) => {
          this.client()[method](request, Connection.headers(), { deadline: Date.now() + limit },
            (err, response) => (err ? reject(err) : resolve(response)));
        });
      } catch (err) {
        const again = [grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED].includes(err.code)
          || (err.code === grpc.status.UNKNOWN && err.details.startsWith('Stream removed'));
        if (this.isDisposed || !again || attempt === 30) throw err;
        this.onRetry?.();
        await pause(1_000);
      }
    }
  }

  subscribe() { return this.client().Subscribe({}, Connection.headers()); }

  close() {
    this.isDisposed = true;
    this.current?.close();
  }
}

/** The bytes two updates are compared by: maps sorted, no version. */
function canonical(status) {
  const sorted = (value) => (value && typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value)
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value);
  return JSON.stringify({ ...sorted(status), status_version: '0' });
}

const isSet = { TRUE: true, FALSE: false }; // EMPTY: unset

/** Emits `update` with an instance after each change it took over. */
class Bridge extends EventEmitter {
  constructor(connection) {
    super();
    this.connection = connection;
    this.instances = new Map(); // what the platform's database would hold
    this.complaints = []; // what the bridge would log as a fault of the manager
    this.streams = []; // for each Subscribe: {versions: by id, error}
    this.setMaxListeners(0);
  }

  /** Takes an instance into the database, as who starts it does. */
  register(id, phase = 'preparing') {
    const instance = { id, phase, phases: [], creationTime: Date.now() };
    this.instances.set(id, instance);
    return instance;
  }

  /** GetWorkspaces, Subscribe until it ends, a second's pause, and again. */
  async run() {
    while (!this.isStopping) {
      try {
        const { status } = await this.connection.call('GetWorkspaces', {});
        status.forEach((it) => this.handle(it));
        await this.listen();
      } catch (err) {
        if (!this.isStopping) this.emit('interrupted', err);
      }
      if (!this.isStopping) await pause(1_000, undefined, { signal: this.stopped.signal }).catch(() => {});
    }
  }

  start() {
    this.stopped = new AbortController();
    this.ended = this.run();
  }

  async stop() {
    this.isStopping = true;
    this.stopped.abort();
    this.stream?.cancel();
    this.connection.close();
    await within(this.ended, 'the bridge to stop');
  }

  listen() {
    const record = { versions: new Map() };
    this.streams.push(record);
    return new Promise((resolve) => {
      this.stream = this.connection.subscribe();
      this.stream.on('data', (message) => {
        if (!message.status) return;
        const { id, status_version: version } = message.status;
        record.versions.set(id, [...(record.versions.get(id) ?? []), BigInt(version ?? 0)]);
        this.handle(message.status);
      });
      this.stream.on('metadata', () => {
        this.isListening = true;
        this.emit('listening');
      });
      // An end is treated as an error is.
      this.stream.on('end', resolve);
      this.stream.on('error', (err) => { record.error = err; resolve(); });
    }).finally(() => { this.isListening = false; });
  }

  /** Resolves when the service has taken the subscription. */
  async untilListening() {
    if (!this.isListening) await within(once(this, 'listening'), 'a subscription');
  }

  handle(status) {
    if (!status.id || !status.spec || !status.metadata || !status.conditions || !status.auth)
      return this.complaints.push(`incomplete status ${JSON.stringify(status)}`);
    if (JSON.stringify(status).includes('"EMPTY"')) this.complaints.push(`${status.id}: EMPTY on the wire`);
    const instance = this.instances.get(status.id);
    if (!instance) return undefined; // another bridge's
    const bytes = canonical(status);
    if (bytes === instance.bytes) return undefined;
    instance.bytes = bytes;
    return this.update(instance, status);
  }

  update(instance, status) {
    if (status.status_version !== undefined) {
      const version = BigInt(status.status_version);
      if (instance.version !== undefined && version <= instance.version)
        this.complaints.push(`${status.id}: stale version ${version} after ${instance.version}`);
      instance.version = version;
    }
    const { conditions, spec } = status;
    Object.assign(instance, {
      status,
      ideUrl: spec.url,
      ports: spec.exposed_ports,
      ownerToken: status.auth.owner_token,
      deployed: isSet[conditions.deployed],
      stoppedByRequest: isSet[conditions.stopped_by_request],
      firstUserActivity: conditions.first_user_activity ?? instance.firstUserActivity,
      failed: conditions.failed,
    });
    if (conditions.deployed === 'TRUE') instance.deployedTime ??= Date.now();
    this.enter(instance, status.phase);
    if (spec.type === 'PREBUILD') instance.prebuild = this.prebuildResult(status) ?? instance.prebuild;
    this.emit('update', instance);
  }

  enter(instance, phase) {
    const order = ['PENDING', 'CREATING', 'INITIALIZING', 'RUNNING', 'STOPPING', 'STOPPED'];
    if (!order.includes(phase)) return;
    const last = instance.phases.at(-1);
    if (phase === last) return;
    if (last && order.indexOf(phase) < order.indexOf(last))
      this.complaints.push(`${instance.id}: ${phase} after ${last}`);
    instance.phases.push(phase);
    instance.phase = phase.toLowerCase();
    if (phase === 'RUNNING') instance.startedTime ??= Date.now();
    if (phase === 'STOPPING') instance.stoppingTime ??= Date.now();
    if (phase === 'STOPPED') {
      instance.stoppingTime ??= Date.now();
      instance.stoppedTime = Date.now();
    }
  }

  /** The default mode: judged while STOPPING. */
  prebuildResult({ phase, conditions: it }) {
    if (phase === 'STOPPED') return undefined;
    if (phase === 'RUNNING') return 'building';
    if (phase !== 'STOPPING') return 'queued';
    if (it.timeout) return 'timeout';
    if (it.failed) return 'failed';
    if (it.stopped_by_request !== 'FALSE') return 'aborted';
    if (it.headless_task_failed) return 'available with error';
    return it.snapshot ? 'available' : undefined;
  }

  /** One round of the controller, which runs every minute. */
  async control() {
    const { status } = await this.connection.call('GetWorkspaces', {});
    const there = new Set(status.map((it) => it.id));
    const hour = 60 * minute;
    for (const instance of this.instances.values()) {
      if (there.has(instance.id) || instance.phase === 'stopped') continue;
      const age = Date.now() - (instance.phase === 'stopping' ? instance.stoppingTime : instance.creationTime);
      if (instance.phase === 'running' || age > hour) {
        Object.assign(instance, { phase: 'stopped', markedStopped: true });
        if (instance.prebuild) instance.prebuild = 'aborted';
        this.emit('update', instance);
      }
    }
  }

  /** Resolves with the instance once it `fits`. */
  until(id, fits, what) {
    const instance = this.instances.get(id);
    if (fits(instance)) return instance;
    let check;
    const seen = new Promise((resolve) => {
      check = (it) => { if (it.id === id && fits(it)) resolve(it); };
      this.on('update', check);
    });
    return within(seen, `${what} of ${id}`).finally(() => this.off('update', check));
  }

  untilPhase(id, phase) { return this.until(id, (it) => it.phase === phase || it.phase === 'stopped', phase); }
}

module.exports = { Bridge, Connection, newest, of2021 };
