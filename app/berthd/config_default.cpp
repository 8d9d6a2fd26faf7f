#include "app/berthd/config.hpp"

namespace berth {

std::string default_config() {
  return R"(# The configuration of berthd: every field with its default.
#
# Durations are written like 1h30m or 500ms. Sizes are written like 4Gi or 500M,
# CPU like 2 or 500m. What is left out of a file has the value shown here; a
# list or a map entry that is given replaces this one as a whole.

node:
  # What this machine is called in statuses. Empty: the host's name.
  name: ""
  # What must survive a restart: database, content, layers, objects.
  state_dir: /var/lib/berth
  # Sockets and whatever else may go at the next boot.
  run_dir: /run/berth

grpc:
  # host:port. Anything but a loopback address needs `tls`.
  address: 127.0.0.1:7400
  # A unix socket that serves the same. Empty: <run_dir>/berthd.sock
  unix: ""
  # PEM files: all three, or none for no TLS.
  tls:
    ca: ""
    cert: ""
    key: ""
    require_client_cert: true
  # Token buckets by full method name:
  #   /wsman.WorkspaceManager/StartWorkspace:
  #     block: false          # wait for a token instead of refusing
  #     bucket_size: 10       # calls that may come at once
  #     refill_interval: 1s   # one call more every so often
  #     key: metadata.owner   # a bucket for each value of these request fields
  #     key_cache_size: 1000  # how many such buckets are remembered
  rate_limits: {}

http:
  # Status page, /metrics, /healthz and what the ingress asks. host:port
  address: 127.0.0.1:7401

ingress:
  # Where the proxy in front of workspaces asks whether a request may pass.
  authorize_path: /authorize
  # With {{ .ID }}, {{ .Prefix }}, {{ .Host }} and, for ports,
  # {{ .WorkspacePort }} or {{ .IngressPort }}.
  workspace_url: "http://{{ .Prefix }}.ws.localhost:7402"
  port_url: "http://{{ .WorkspacePort }}-{{ .Prefix }}.ws.localhost:7402"
  # {{ .Host }}, and GITPOD_HOST in workspaces: a URL or a host name.
  host: http://ws.localhost:7402
  # The public key of the authority whose certificates an SSH gateway shows, for
  # workspaces that ask for it (SSH_CA). Empty: none.
  ssh_ca_public_key_file: ""

storage:
  # Where backups and snapshots go: file or s3.
  kind: file
  # Kind file: a directory. Empty: <state_dir>/objects
  path: ""
  # Kind s3: a URL, and the files that hold the two halves of the key.
  endpoint: ""
  region: ""      # empty: us-east-1
  bucket: ""
  access_key_file: ""
  secret_key_file: ""
  path_style: true  # http://host/bucket rather than http://bucket.host
  ca_file: ""       # PEM: who may vouch for it; empty: the system's authorities
  insecure: false   # plain HTTP will do to a host other than this one
  # How many earlier final backups of a workspace are kept.
  backup_generations: 3

images:
  # By host or host:port:
  #   registry.example.com:5000:
  #     insecure: true    # plain HTTP and unknown certificates will do
  #     auth_file: /etc/berth/registry-auth.json  # as `skopeo login` writes it
  registries: {}
  # Where builds are pushed: images of Dockerfiles and images of workspaces.
  # Empty, or below localhost/: nowhere, this node keeps them.
  base_repository: ""
  workspace_repository: ""
  # What a workspace runs whose client names no image.
  default_image: ""
  # Layers that builds made, which the next ones take: of all builds together.
  # Empty: none are kept.
  build_cache_size: 20Gi
  # How long a build may take from its acceptance to its end.
  build_timeout: 1h

# What variables of a start may refer to, by secret_name/key:
#   pull-secret/.dockerconfigjson:
#     file: /etc/berth/registry-auth.json  # holds the value; read at the start
#     every_type: false  # only workspaces of type IMAGEBUILD may
secrets: {}

runtime:
  # Programs, by name or by path.
  oci_runtime: crun
  conmon: conmon
  # Where berth-ns, berth-init and berth-worker are. Empty: beside berthd.
  helper_dir: ""
  # Host user ids that workspaces are given, 65536 each.
  uid_pool:
    start: 1000000
    size: 655360000
  # Addresses of workspaces, four each.
  subnet: 10.20.0.0/16
  # Name servers of workspaces. Empty: the host's.
  dns: []
  # How many may live at once. 0: what uid pool and subnet hold.
  max_workspaces: 0
  # Servers that workspaces may mount NFS exports of, by name or address. A
  # workspace's own network connects, so it has to reach them.
  nfs_hosts: []

content:
  # Whether initializers may clone from paths of this machine. Everybody must
  # be able to read such a repository, and it lies in none of the system's
  # directories (/usr, /etc, /tmp, ...).
  allow_file_urls: false
  # Networks that initializers and pulls of images must not reach. A registry
  # above that is given by its address, or as localhost, is reached even so.
  denied_networks:
    - 169.254.0.0/16
    - fe80::/10
  # Private networks that file downloads may reach. They reach the internet, and
  # without an entry here no private address, none of this machine or its links.
  download_networks: []
  # How long a workspace may stand still while a snapshot copies its files.
  # What takes longer is archived while it goes on.
  snapshot_pause: 2s
  # How long a snapshot whose name was given out is tried to be stored.
  publish_limit: 24h
  # How often a running regular workspace is backed up. 0s: never.
  backup_period: 0s
  # Nothing starts while the file system of state_dir has less left than this.
  min_free_space: 1Gi  # empty: no limit
  min_free_files: 10000
  # How long a content stays in the quarantine after it was restored and its
  # backup verified. Others stay until somebody removes them. 0s: for ever.
  quarantine_retention: 168h
  # How often it is measured what running workspaces hold, where the file system
  # does not enforce their limits. 0s: never.
  quota_period: 1m
  # Mirrors of git repositories, from which the next clone takes what it can: all
  # together (empty: there are none), and one that nobody uses.
  git_cache_size: 10Gi
  git_cache_age: 336h
  # Whether a backup may leave out what earlier ones of the same workspace hold.
  # Such a one is restored by berthd, and by nobody else.
  incremental: true

# There is always one called `default`. Who asks for a class that is not here
# gets `g1-standard` if there is one, else `default`. What is empty or 0 has no
# limit.
classes:
  default:
    display_name: Default
    description: ""  # empty: made of the limits
    credits_per_minute: 0
    cpu:
      min: 250m
      burst: ""
      on_demand: false  # burst only while the node has cores to spare
      buckets: []       # in place of min: "30m=4" is 4 cores for the first 30m
                        # of CPU time, and so on; the last one's are for good
    memory: 4Gi
    storage: ""
    pids: 4096
    io:  # of each disk, a second
      read_bytes: ""
      write_bytes: ""
      read_operations: 0
      write_operations: 0
    connections:  # new ones by TCP to the outside
      per_minute: 0
      burst: 0        # so many more at once; 0: 1000
      enforce: false  # else those above the limit are only counted
    priorities: false  # init, supervisor and IDE go before the rest
    pressure: false    # metrics tell what it waits for (cgroup v2)
    # What its workspaces run in. own: ids and a user namespace of its own.
    # compatible: neither, for the stock in-container client; isolates less.
    # image: as the image's label berth.container says; without it, own.
    container: own

# The class that clients are told to prefer. Empty: none.
preferred_class: ""

resources:
  # How often the controllers of resources look at workspaces.
  period: 15s
  # Cores that workspaces of classes with cpu.on_demand share. Empty: all.
  cpu: ""

timeouts:
  regular: 30m        # without activity
  after_close: 2m     # after the user closed the IDE
  headless: 1h
  max_lifetime: 36h
  startup: 1h         # until it runs
  initialization: 30m # of content
  content_finalization: 1h  # the last backup
  stopping: 1h        # in all, so never less than content_finalization
  interrupted: 5m     # 0s: no limit
  stopped_retention: 2m  # how long a stopped workspace is still listed

# How often an IDE should say that its user is active.
heartbeat_interval: 30s

maintenance:
  # While {"enabledUntil": "<RFC 3339 time>"} in this file is ahead, nothing is
  # started or stopped. Empty: <state_dir>/maintenance.json
  file: ""

metrics:
  # Begins the names of the metrics that describe workspaces.
  prefix: gitpod_ws_manager_mk2_

log:
  level: info   # error, warning, info or debug
  format: json  # json or text
)";
}

} // namespace berth
