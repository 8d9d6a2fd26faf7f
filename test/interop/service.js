'use strict';
// A real berthd on a state directory, ports and a network of its own, for
// tests that speak to it through programs that are not ours.

const childProcess = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { promisify } = require('node:util');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const execFile = promisify(childProcess.execFile);
const bin = process.env.BERTH_BIN;
const protoDir = path.join(__dirname, '../../proto');
const patience = 180_000; // for whatever happens on a loaded machine

/** Rejects if `promise` takes longer than anything may. */
function within(promise, what, limit = patience) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`gave up waiting for ${what}`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A port of loopback that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A /16 that no link of this machine has an address in. */
async function freeSubnet() {
  const { stdout } = await execFile('ip', ['-4', '-o', 'addr']);
  const order = Array.from({ length: 60 }, (_, i) => 120 + ((i + process.pid) % 60));
  return `10.${order.find((n) => !stdout.includes(` 10.${n}.`))}.0.0/16`;
}

/** An authority, a server certificate for `name` and a client certificate. */
async function makeCertificates(dir, name) {
  const openssl = (...args) => execFile('openssl', args, { cwd: dir });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
  for (const [file, usage] of [['server', 'serverAuth'], ['client', 'clientAuth']]) {
    fs.writeFileSync(path.join(dir, `${file}.ext`), `subjectAltName=DNS:${name}\nextendedKeyUsage=${usage}\n`);
    await openssl('req', ...key.slice(0, 5), '-subj', `/CN=${file}`, '-keyout', `${file}.key`, '-out', `${file}.csr`);
    await openssl('x509', '-req', '-in', `${file}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial',
      '-days', '2', '-extfile', `${file}.ext`, '-out', `${file}.crt`);
  }
  const read = (file) => fs.readFileSync(path.join(dir, file));
  return { ca: read('ca.crt'), key: read('client.key'), cert: read('client.crt') };
}

/** The services of a .proto file as clients see them. */
function load(file, includeDirs = [protoDir]) {
  return grpc.loadPackageDefinition(protoLoader.loadSync(file, {
    includeDirs, keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
  }));
}

/** A root file system of busybox and, if asked for, node; as a tar file. */
async function makeImage(dir, withNode) {
  const script = `set -e
    root=$1/image; mkdir -p "$root"/bin "$root"/etc "$root"/root "$root"/tmp "$root"/usr/bin "$root"/srv
    cp /bin/busybox "$root/bin/"
    for applet in $(/bin/busybox --list); do [ -e "$root/bin/$applet" ] || ln -s /bin/busybox "$root/bin/$applet"; done
    echo root:x:0:0:root:/root:/bin/sh > "$root/etc/passwd"; echo root:x:0: > "$root/etc/group"
    chmod 1777 "$root/tmp"
    if [ -n "$2" ]; then
      cp -L "$2" "$root/usr/bin/node"
      ldd "$2" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; done
      mkdir "$root/srv/node_modules"; cp -r "$4" "$root/srv/node_modules/"
      cp "$3" "$root/srv/"
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=nobody \\
        -keyout "$root/srv/tls.key" -out "$root/srv/tls.crt" 2>/dev/null
      chmod -R a+rX "$root/srv"
    fi
    tar -C "$root" -cf "$1/image.tar" .; rm -rf "$root"`;
  const extra = withNode
    ? [process.execPath, path.join(__dirname, 'web_server.js'), path.dirname(require.resolve('ws/package.json'))]
    : [''];
  await execFile('/bin/sh', ['-c', script, 'sh', dir, ...extra]);
  return path.join(dir, 'image.tar');
}

class Service {
  /** `more` is appended to the configuration, as text. */
  static async start({ more = '', tls = false } = {}) {
    const it = new Service();
    it.dir = fs.mkdtempSync('/tmp/berth-interop.');
    it.grpcPort = await freePort();
    it.httpPort = await freePort();
    it.address = `127.0.0.1:${it.grpcPort}`;
    let secure = '';
    if (tls) {
      it.identity = await makeCertificates(it.dir, 'ws-manager');
      secure = `, tls: {ca: ${it.dir}/ca.crt, cert: ${it.dir}/server.crt, key: ${it.dir}/server.key}`;
    }
    fs.writeFileSync(path.join(it.dir, 'berthd.yaml'), `
node: {name: interop, state_dir: ${it.dir}/state, run_dir: ${it.dir}/run}
grpc: {address: "${it.address}"${secure}}
http: {address: "127.0.0.1:${it.httpPort}"}
runtime: {subnet: ${await freeSubnet()}}
log: {format: text, level: debug}
${more}`);
    const socket = `unix:${it.dir}/run/berthd.sock`;
    const here = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000 };
    const insecure = grpc.credentials.createInsecure();
    it.node = new (load('berth/v1/node.proto').berth.v1.Node)(socket, insecure, here);
    it.manager = new (load('ws-manager-api/core.proto').wsman.WorkspaceManager)(socket, insecure, here);
    try {
      await it.begin();
    } catch (err) {
      await it.close().catch(() => {});
      throw err;
    }
    return it;
  }

  /** Starts berthd and waits until it serves. */
  async begin() {
    const log = fs.openSync(path.join(this.dir, 'log'), 'a');
    this.process = childProcess.spawn(path.join(bin, 'berthd'), ['--config', path.join(this.dir, 'berthd.yaml')],
      { stdio: ['ignore', log, log], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ASAN_OPTIONS: 'detect_leaks=0' } });
    fs.closeSync(log);
    this.ended = new Promise((resolve) => this.process.once('exit', (code, signal) => resolve(code ?? signal)));
    const early = this.ended.then((how) => { throw new Error(`berthd ended: ${how}\n${this.log()}`); });
    early.catch(() => {});
    // Recovery has no event: UNAVAILABLE says "try again in a moment".
    const serves = async () => {
      for (;;) {
        try { return await this.ask('GetWorkspaces', {}, { waitForReady: true }); } catch (err) {
          if (err.code !== grpc.status.UNAVAILABLE) throw err;
        }
      }
    };
    await within(Promise.race([serves(), early]), 'berthd to serve');
  }

  /** Ends berthd by `signal`; its exit code or what killed it. */
  end(signal = 'SIGTERM') {
    this.process.kill(signal);
    return within(this.ended, `berthd to end by ${signal}`);
  }

  /** A call of WorkspaceManager over the local socket. */
  ask(method, request, options = {}) {
    return new Promise((resolve, reject) => {
      this.manager[method](request, new grpc.Metadata(options), { deadline: Date.now() + patience },
        (err, response) => (err ? reject(err) : resolve(response)));
    });
  }

  /** Imports an image called `base`; with node and web_server.js if asked. */
  async importImage({ withNode = false } = {}) {
    const file = await makeImage(this.dir, withNode);
    const done = new Promise((resolve, reject) => {
      const call = this.node.ImportImage((err, response) => (err ? reject(err) : resolve(response)));
      fs.createReadStream(file, { highWaterMark: 1 << 20 })
        .on('data', (chunk) => call.write({ name: 'base', chunk }))
        .on('end', () => call.end())
        .on('error', reject);
    });
    await within(done, 'the image');
    fs.rmSync(file);
  }

  /** Resolves with the first status of `id` that `fits`, from the stream. */
  until(id, fits, what) {
    const stream = this.manager.Subscribe({});
    const seen = new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', ({ status }) => { if (status.id === id && fits(status)) resolve(status); });
    });
    return within(seen, what).finally(() => { stream.on('error', () => {}); stream.cancel(); });
  }

  /** Fails if it comes to a stop instead. */
  async running(id) {
    const status = await this.until(id, (it) => ['RUNNING', 'STOPPED'].includes(it.phase), `${id} to run`);
    if (status.phase !== 'RUNNING') throw new Error(`${id}: ${status.conditions.failed}`);
    return status;
  }

  async stop(id, policy = 'NORMALLY') {
    await this.ask('StopWorkspace', { id, policy });
    return this.until(id, (it) => it.phase === 'STOPPED', `${id} to stop`);
  }

  /** Runs `command` in a workspace; resolves when it has printed `line`. */
  spawnInside(id, command, line) {
    const call = this.node.Exec();
    let said = '';
    const printed = new Promise((resolve, reject) => {
      call.on('error', reject);
      call.on('end', () => reject(new Error(`${command}: ${said}`)));
      call.on('data', (event) => {
        said += Buffer.concat([event.stdout ?? Buffer.of(), event.stderr ?? Buffer.of()]).toString();
        if (said.includes(line)) resolve();
      });
    });
    call.write({ start: { id, command } });
    return within(printed, `${command} to say ${line}`);
  }

  log() { return fs.readFileSync(path.join(this.dir, 'log'), 'utf8'); }

  /** Ends everything there is; nothing of it stays on the machine. */
  async close() {
    try {
      // Workspaces outlive berthd; only a berthd can end them.
      if (this.process.exitCode !== null || this.process.signalCode !== null) await this.begin();
      const { status } = await this.ask('GetWorkspaces', {});
      const live = status.filter((it) => it.phase !== 'STOPPED');
      await Promise.all(live.map((it) => this.stop(it.id, 'ABORT')));
      await this.end();
    } finally {
      this.node.close();
      this.manager.close();
      if (process.env.BERTH_KEEP_LOG) fs.copyFileSync(path.join(this.dir, 'log'), process.env.BERTH_KEEP_LOG);
      fs.rmSync(this.dir, { recursive: true, force: true });
    }
  }
}

/** A request for a regular workspace of the base image, with empty content. */
function startRequest(id, spec = {}) {
  return {
    id,
    service_prefix: `meta-${id}`,
    metadata: { owner: 'anna', meta_id: `meta-${id}` },
    type: 'REGULAR',
    spec: { workspace_image: 'base', workspace_location: '/', initializer: { empty: {} }, ...spec },
  };
}

module.exports = { Service, execFile, freePort, grpc, load, patience, startRequest, within };
