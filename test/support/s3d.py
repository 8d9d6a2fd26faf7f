#!/usr/bin/python3
"""s3d.py DIR [PORT [BIND]] : a real S3 server (OpenStack Swift + s3api) in one process, all state under DIR.
Needs only Debian's python3-swift; run with /usr/bin/python3.  Says its port, one line on stdout, when it is
ready, writes DIR/port and DIR/pid, logs to stderr, and ends with the thread that started it.  Access keys: DIR/keys, lines 'ACCESS SECRET [account]' (default: testkey testsecret)."""
import ctypes, os, sys, signal, logging
ctypes.CDLL(None).prctl(1, signal.SIGTERM)   # PR_SET_PDEATHSIG
DIR = os.path.abspath(sys.argv[1]); PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 0
BIND = sys.argv[3] if len(sys.argv) > 3 else '127.0.0.1'
ETC = DIR + '/etc'
for d in (ETC, DIR + '/node/d1'):
    os.makedirs(d, exist_ok=True)
for f in ('pid', 'port'):                     # stale readiness marks of an earlier run
    if os.path.exists(DIR + '/' + f): os.unlink(DIR + '/' + f)
def write(name, text):
    with open(os.path.join(ETC, name), 'w') as f:
        f.write(text)
write('swift.conf', '[swift-hash]\nswift_hash_path_prefix = t\nswift_hash_path_suffix = t\n'
      '[storage-policy:0]\nname = p0\ndefault = yes\n')
from swift.common import utils
utils.set_swift_dir(ETC)                      # instead of /etc/swift/swift.conf
from swift.common import constraints, storage_policy
constraints.reload_constraints(); storage_policy.reload_storage_policies()
utils.eventlet_monkey_patch()
utils.FALLOCATE_RESERVE, utils.FALLOCATE_IS_PERCENT = 0, False
os.environ['TZ'] = 'UTC+0'
import time; time.tzset()
import eventlet, eventlet.wsgi
from swift.common.wsgi import loadapp, SwiftHttpProtocol
from swift.common.ring import RingBuilder
from swift.common.middleware.tempauth import TempAuth

sys.modules['s3d'] = sys.modules['__main__']
LEVEL = os.environ.get('S3D_LOG', 'WARNING')
def log_handler(conf, name, to_console, route, fmt, logger, adapted):
    for h in list(logger.handlers):
        logger.removeHandler(h)
    h = logging.StreamHandler(sys.stderr); h.setFormatter(logging.Formatter('%(asctime)s %(levelname)s ' + fmt))
    logger.addHandler(h)

class _NoCache:                               # tempauth insists on a cache object
    def get(self, *a, **k): return None
class Auth(TempAuth):
    """tempauth, minus memcached, plus plain access keys (tempauth's own are account:user)"""
    def __init__(self, app, conf):
        super().__init__(app, conf)
        keys = DIR + '/keys'
        lines = open(keys).read().splitlines() if os.path.exists(keys) else ['testkey testsecret']
        for l in lines:
            f = l.split()
            if len(f) >= 2 and f[0][0] != '#':
                self.users[f[0]] = {'key': f[1], 'groups': ['.admin'],
                                    'url': '$HOST/v1/AUTH_' + (f[2] if len(f) > 2 else 'main')}
    def _get_user_groups(self, account, account_user, account_id):
        return ','.join([account, account_user, account_id])
    def get_groups(self, env, token):
        env['swift.cache'] = _NoCache()
        try: return super().get_groups(env, token)
        finally: env.pop('swift.cache', None)
def auth_factory(global_conf, **local):
    return lambda app: Auth(app, dict(global_conf, **local))

socks = {n: eventlet.listen((BIND if n == 'proxy' else '127.0.0.1', PORT if n == 'proxy' else 0), backlog=1024)
         for n in ('proxy', 'object', 'container', 'account')}
if os.environ.get('S3D_CERT'):                # https: PEM files
    socks['proxy'] = eventlet.wrap_ssl(socks['proxy'], certfile=os.environ['S3D_CERT'], keyfile=os.environ['S3D_KEY'], server_side=True)
port = {n: s.getsockname()[1] for n, s in socks.items()}
common = ('[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = %d\nswift_dir = ' + ETC + '\ndevices = ' + DIR + '/node\n'
          'mount_check = false\ndisable_fallocate = true\nfallocate_reserve = 0\nlog_level = ' + LEVEL +
          '\nlog_address = /nonexistent\nlog_custom_handlers = s3d.log_handler\n')
for n, extra in (('object', 'container_update_timeout = 15\n'), ('container', 'conn_timeout = 2\nnode_timeout = 15\n'), ('account', '')):
    write(n + '-server.conf', common % port[n] + '[pipeline:main]\npipeline = x\n[app:x]\nuse = egg:swift#%s\n%s' % (n, extra))
    b = RingBuilder(4, 1, 0)
    b.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port[n], 'device': 'd1', 'weight': 1.0})
    b.rebalance(); b.get_ring().save('%s/%s.ring.gz' % (ETC, n))
pipe = 'catch_errors gatekeeper healthcheck listing_formats s3api tempauth copy slo versioned_writes symlink'
write('proxy-server.conf', common % port['proxy'] + '[pipeline:main]\npipeline = ' + pipe + ' proxy-server\n'
      '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nconn_timeout = 2\nnode_timeout = 30\nrecoverable_node_timeout = 30\n'
      + ''.join('[filter:%s]\nuse = egg:swift#%s\n' % (f, f) for f in pipe.split() if f not in ('s3api', 'tempauth', 'versioned_writes')) +
      '[filter:versioned_writes]\nuse = egg:swift#versioned_writes\nallow_object_versioning = true\n'
      '[filter:s3api]\nuse = egg:swift#s3api\nlocation = us-east-1\ns3_acl = false\nmin_segment_size = %s\n'
      'max_upload_part_num = 10000\nallowable_clock_skew = 900\nstorage_domain = localhost\n' % os.environ.get('S3D_MIN_PART', '5242880') +
      '[filter:tempauth]\npaste.filter_factory = s3d:auth_factory\n')
def serve(n):
    app = loadapp('%s/%s-server.conf' % (ETC, n), global_conf={'log_name': n})
    log = open(os.devnull, 'w') if LEVEL != 'DEBUG' else sys.stderr
    return eventlet.spawn(eventlet.wsgi.server, socks[n], app, log=log, protocol=SwiftHttpProtocol, max_size=1024,
                          socket_timeout=60, capitalize_response_headers=False, debug=False)
gts = [serve(n) for n in ('account', 'container', 'object', 'proxy')]
for s in (signal.SIGTERM, signal.SIGINT):
    signal.signal(s, lambda *a: os._exit(0))
for f, v in (('pid', os.getpid()), ('port', port['proxy'])):
    with open(DIR + '/' + f + '.tmp', 'w') as o: o.write('%d\n' % v)
    os.rename(DIR + '/' + f + '.tmp', DIR + '/' + f)
print(port['proxy'], flush=True)
gts[-1].wait()
