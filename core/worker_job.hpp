#pragma once

#include "model/build.hpp"
#include "model/error.hpp"
#include "model/image.hpp"
#include "model/workspace.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What berthd and `berth-worker` say to each other. The job comes as one JSON
/// document on the worker's stdin (so that passwords stand in no argv or
/// environment); the worker answers on stdout, one JSON document a line:
/// any number of `progress`, then one `outcome`. Bulk data goes through
/// inherited descriptors, named by number.
///
/// A worker may have been taken over by what it parsed: berthd believes
/// nothing in an answer that it can check, and limits the rest.
namespace berth {

/// An object of the storage, open for reading from its start.
struct object_source {
  int fd = -1;
  uint64_t bytes = 0;
  std::string sha256; ///< hex; empty: unknown (an object written by others)
  /// Earlier objects that it needs, in the order of its table; not empty: it is
  /// no tar, but tells which pieces make one up. Of these only `fd` and `bytes`
  /// are said.
  std::vector<object_source> parts = {};
};

/// Fills the empty directory `destination`.
struct initialize_job {
  std::string destination;
  std::string initializer; ///< serialized `contentservice.WorkspaceInitializer`
  initializer_secrets secrets;
  std::optional<object_source> backup; ///< present: restored, nothing else runs
  std::string meta_id; ///< what old backups of others call their only directory
  std::map<std::string, object_source> snapshots; ///< by qualified name
  uint32_t uid = 33333;                           ///< who owns the content
  uint32_t gid = 33333;
  bool allow_file_urls = false;
  bool without_history = false; ///< of a repository only the files are wanted
  std::vector<std::string> denied_networks;   ///< CIDRs
  std::vector<std::string> download_networks; ///< see settings
  /// Directories of bare repositories that hold objects of a remote, by its
  /// URL. A clone takes what it can from there, and needs none of it
  /// afterwards.
  std::map<std::string, std::string> mirrors;
  /// Gets what the next backup should know of the restored `backup`; stays
  /// empty if that tells of no pieces.
  int index_fd = -1;
};

struct initialize_outcome {
  std::string source; ///< "from-backup", "from-prebuild" or "from-other"
  std::vector<initializer_metric> metrics;
  bool mirror_failed = false; ///< a clone was made without one that was there
  std::vector<std::string> warnings = {}; ///< what is missing all the same
};

/// Fetches branches and tags of `url` into the bare repository `destination`,
/// which is made if it is an empty directory. `url` is http or https.
struct mirror_job {
  std::string destination;
  std::string url;
  std::string user; ///< both empty: without credentials
  std::string password;
  std::vector<std::string> denied_networks; ///< CIDRs
};

struct mirror_outcome {
  uint64_t packs = 0; ///< in how many pieces it is stored
};

/// How an archive is made of pieces, which see `pieces/piece.hpp` of the
/// worker.
struct pieces_wanted {
  int index_fd = -1; ///< what is known of the newest backup; -1: nothing
  /// Of the objects that the index speaks of, their lengths, and of the newest
  /// one, which comes last, the digest.
  std::vector<uint64_t> objects;
  std::string sha256;
  int new_index_fd = -1; ///< gets what the next one should know; -1: nothing
  /// What changed since, in ns, may be changing still.
  int64_t settled_before = 0;
  bool is_view = false; ///< `source` is a copy with origins; see `copy_job`
};

/// Writes `source` as tar, compressed with zstd, to `out_fd`, without
/// `.gitpod/ready`.
struct archive_job {
  std::string source;
  int out_fd = -1;
  std::optional<std::string> checkout_location; ///< present: report git status
  /// Gets a byte now and then while more is written, its end when all is.
  int signal_fd = -1;
  std::optional<pieces_wanted> pieces = {};
};

struct archive_outcome {
  uint64_t bytes = 0; ///< compressed
  std::string sha256; ///< of the compressed bytes
  uint64_t entries = 0;
  std::optional<git_status> repo;
  /// Positions in `pieces_wanted::objects` of those it needs, ascending.
  std::vector<uint32_t> needs = {};
  uint64_t left_out = 0; ///< pipes and devices of `source`
};

/// The git status of a content that is not archived.
struct status_job {
  std::string source;
  std::string checkout_location;
};

struct status_outcome {
  std::optional<git_status> repo;
};

/// Reads an archive to its end marker and checks length and digest.
struct verify_job {
  object_source archive;
  /// Given: it is still being written; this is the other end of its
  /// `archive_job::signal_fd`.
  int signal_fd = -1;
  /// It ends with a table of pieces, which is checked too.
  bool pieces = false;
  /// It may need earlier objects, so that it may be no tar by itself. Then only
  /// what is in it is read.
  bool is_partial = false;
  /// What earlier pieces are looked up in; -1: they are taken as they are.
  int index_fd = -1;
};

struct verify_outcome {
  uint64_t entries = 0;
  uint64_t bytes = 0;               ///< compressed
  std::string sha256;               ///< of the compressed bytes
  std::vector<uint32_t> needs = {}; ///< as of `archive_outcome`
};

/// Copies everything in `source` into the empty directory `destination`, in no
/// time where the file system can share blocks. `exhausted` if that would leave
/// too little room on the disk.
struct copy_job {
  std::string source;
  std::string destination;
  bool note_origins = false; ///< each copied file tells of which one it is
};

struct copy_outcome {
  uint64_t entries = 0;
  uint64_t bytes = 0;    ///< of files
  uint64_t left_out = 0; ///< as of `archive_outcome`
};

/// Unpacks a tar of a root file system or of an OCI layout from `in_fd`, or the
/// OCI layout in the directory `layout`, into `out`: one directory a layer,
/// named by its diff id's hex digits, plus one `finish-<hex>` with what every
/// workspace needs on top: the mount points /workspace, /.workspace, /.berth,
/// /proc, /sys, /dev, /tmp, empty /etc/{hosts,hostname,resolv.conf}, a passwd
/// and group entry `gitpod` for 33333 and its home, where the image lacks them.
struct unpack_job {
  int in_fd = -1;
  std::string out;
  std::string layout;            ///< if there is no `in_fd`
  std::vector<std::string> have; ///< of a layout: left out, like `pull_job`'s
};

/// Pulls `reference` from its registry with skopeo and unpacks it like
/// `unpack_job`, but leaves out the layers in `have`.
struct pull_job {
  std::string reference;
  std::string out;
  std::string scratch; ///< an empty directory for blobs
  bool insecure = false;
  std::string auth_json; ///< a containers-auth.json(5) document, or empty
  std::vector<std::string> have;
  /// How long a registry may stand still.
  std::chrono::seconds patience{120};
};

/// Makes the context of a build, and reads its Dockerfile. What would only say
/// that the content is complete is not left in it.
struct context_job {
  initialize_job content;
  std::string dockerfile; ///< inner paths of it; the second one may be empty
  std::string directory;
};

struct context_outcome {
  /// What its FROM and COPY --from lines name beyond the Dockerfile itself, in
  /// order, each once. Defaults of ARGs are filled in.
  std::vector<std::string> images;
  std::vector<std::string> warnings = {}; ///< as of `initialize_outcome`
};

/// Copies an image with skopeo from its registry into an OCI layout at `out`.
struct fetch_image_job {
  std::string reference;
  std::string out;
  std::string scratch;
  bool insecure = false;
  std::string auth_json; ///< a containers-auth.json(5) document, or empty
  std::chrono::seconds patience{120}; ///< as of `pull_job`
};

/// Copies the OCI layout at `layout` to a registry, byte by byte, and asks the
/// registry what it got.
struct push_image_job {
  std::string layout;
  std::string digest; ///< of its manifest
  std::vector<std::string> references;
  std::string scratch;
  bool insecure = false;
  std::string auth_json;
  /// As of `pull_job`; registries may digest a big blob for minutes.
  std::chrono::seconds patience{600};
};

/// An image that a Dockerfile names, from one of three places.
struct build_base {
  std::string reference; ///< as `context_outcome` has it
  std::string digest;    ///< sha256:..., by which the layer store knows it
  std::string layout;    ///< an OCI layout, or
  std::string tree;      ///< its files, or neither: the layer store has it
  image_config config;   ///< of a tree
  int64_t created_s = 0; ///< of a tree
};

/// Builds a Dockerfile with buildah; for a workshop. Steps and their output go
/// to `log_fd`, the image to an OCI layout at `out`.
struct build_image_job {
  std::string context;
  std::string dockerfile; ///< inner paths of it, as in `context_job`
  std::string directory;
  std::string storage; ///< layers, some of them of earlier builds
  std::string scratch;
  std::string out;
  std::vector<build_base> bases;
  bool compress = false; ///< layers, for a registry
  /// A result that need not be exported, and the image that was made of it.
  std::string known_id, known_digest;
  int log_fd = -1;
};

/// What `fetch_image_job`, `push_image_job` and `build_image_job` end with.
struct image_outcome {
  std::string digest;       ///< sha256:... of the manifest
  std::string id = {};      ///< of a build: what its layer store calls it
  bool is_left_out = false; ///< it is `known_digest`: there is no layout
};

/// Asks the registry of `reference` which image for this machine it means.
struct resolve_job {
  std::string reference;
  bool insecure = false; ///< plain HTTP and unknown certificates will do
  registry_login login;
  /// Hosts, or host:port, that may give out tokens for other registries, and be
  /// redirected to on this machine.
  std::vector<std::string> known_hosts;
  uint32_t attempts = 1; ///< as long as it may help
  std::chrono::milliseconds attempt_limit{15'000};
  std::chrono::milliseconds first_pause{1'000}, longest_pause{2'000};
};

struct resolve_outcome {
  std::string digest; ///< sha256:... of the image's manifest
};

struct unpacked_layer {
  std::string directory; ///< name below `out`, no slash
  uint64_t bytes = 0;
  /// Directories whose lower contents are hidden, relative to the layer.
  /// berthd sets the xattr, which a user namespace may not.
  std::vector<std::string> opaque;
};

struct unpack_outcome {
  std::string digest;                 ///< sha256:... of the manifest
  std::vector<unpacked_layer> layers; ///< top-most first, `have` ones included
  image_config config;
};

using worker_job
  = std::variant<initialize_job, archive_job, status_job, verify_job,
                 unpack_job, pull_job, copy_job, mirror_job, resolve_job,
                 context_job, fetch_image_job, push_image_job, build_image_job>;
using worker_outcome
  = std::variant<initialize_outcome, archive_outcome, status_outcome,
                 verify_outcome, unpack_outcome, copy_outcome, mirror_outcome,
                 resolve_outcome, context_outcome, image_outcome>;

struct worker_progress {
  std::string what; ///< "clone", "restore", "archive", "verify", "copy",
                    ///< "pull", "unpack", "build", "push"
  std::string text; ///< for people; may be empty
  uint64_t done = 0;
  uint64_t total = 0; ///< 0: unknown
};

using worker_message = std::variant<worker_progress, result<worker_outcome>>;

/// How many warnings a worker gives at most.
inline constexpr size_t most_worker_warnings = 20;

/// Bytes of a message at most: the directories that an image hides are many.
inline constexpr size_t longest_worker_message = size_t{32} << 20;

std::string to_json(const worker_job&);
result<worker_job> job_from_json(std::string_view);

/// One line, without its end.
std::string to_json(const worker_message&);

/// Checks everything that can be checked without the disk: sizes, counts,
/// names without slashes or dots, hex digits.
result<worker_message> message_from_json(std::string_view);

} // namespace berth
