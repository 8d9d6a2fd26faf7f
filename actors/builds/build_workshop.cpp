#include "actors/ask.hpp"
#include "actors/builds/build.hpp"
#include "core/log.hpp"
#include "core/network/resolvers.hpp"

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto kernel_limit_of_build = 1min;
constexpr auto look_limit_of_build = 10min; ///< of millions of files
/// After its end a build's output is read in no time.
constexpr auto output_patience = 10s;
constexpr int log_number = 10;
constexpr auto room_pause = 2s;
constexpr int most_unmeasured = 10; ///< in a row
constexpr auto least_room = uint64_t{1} << 30;

constexpr auto shop_context = "/build/context";
constexpr auto shop_storage = "/build/storage";
constexpr auto shop_scratch = "/build/tmp";
constexpr auto shop_out = "/build/out";

} // namespace

/// What runs in a build gets what a workspace has: ids, a cgroup and a network
/// of its own. It ends with the build.
void build_state::open_workshop() {
  enter(build_phase::building, [this] {
    is_building_ = true;
    look_at_room();
    auto cache = deps_.layout().build_cache(record_.cache_key).native();
    make({{cache, 0755}}, [this] {
      if (trees_.empty())
        return make_files();
      ask<userns>(deps_.kernel.idmap(), kernel_limit_of_build,
                  make_userns{deps_.range(slot_)},
                  [this](const userns& owner) { join_trees(0, owner.ns); });
    });
  });
}

void build_state::join_trees(size_t next, const sys::shared_fd& owner) {
  if (next == trees_.size())
    return make_files();
  auto name = "tree-" + std::to_string(next);
  auto upper = place(name.c_str());
  auto join = join_layers{};
  for (const auto& layer : trees_[next].layers)
    join.layers.push_back(deps_.layout().layer(layer).native());
  join.upper = upper;
  join.owner = owner;
  join.range = deps_.range(slot_);
  make({{upper, 0755}}, [this, next, owner, join = std::move(join)] {
    ask<detached_root>(deps_.kernel.mount(), kernel_limit_of_build, join,
                       [this, next, owner](const detached_root& root) {
                         shop_.trees.emplace_back(
                           root.mount, "/tree-" + std::to_string(next));
                         join_trees(next + 1, owner);
                       });
  });
}

/// In place of the host's, which say more than a build needs to know.
void build_state::make_files() {
  const auto& runtime = deps_.settings->runtime;
  auto subnet = address_pool{runtime.subnet, runtime.subnet_bits}.at(slot_);
  if (!subnet)
    return fail(subnet.error());
  subnet_ = *subnet;
  auto names = place("resolv.conf");
  auto hosts = place("hosts");
  shop_.files = {{names, "/etc/resolv.conf"}, {hosts, "/etc/hosts"}};
  ask<done>(deps_.kernel.file(), kernel_limit_of_build,
            write_file{names, resolv_conf(deps_.name_servers), 0644},
            [this, hosts](done) {
              ask<done>(
                deps_.kernel.file(), kernel_limit_of_build,
                write_file{hosts, hosts_file(subnet_.address, "build"), 0644},
                [this](done) { enter_cgroup(); });
            });
}

void build_state::enter_cgroup() {
  const auto& most = limits();
  is_connected_ = true;
  ask<opened_cgroup>(deps_.kernel.cgroup(), kernel_limit_of_build,
                     open_cgroup{deps_.layout().build_cgroup(record_.id),
                                 most.memory_bytes, most.cpu_min_millis,
                                 most.cpu_burst_millis, most.pids},
                     [this](const opened_cgroup& made) {
                       shop_.cgroups = made.doors;
                       connect();
                     });
}

void build_state::connect() {
  const auto& runtime = deps_.settings->runtime;
  auto subnet = address_pool{runtime.subnet, runtime.subnet_bits}.at(slot_);
  if (!subnet)
    return fail(subnet.error());
  ask<made_network>(
    deps_.kernel.veth(), kernel_limit_of_build,
    make_network{deps_.layout().link(slot_), subnet->gateway, subnet->address},
    [this](const made_network& made) {
      shop_.network = made.ns;
      find_known();
    });
}

/// What this node has need not be exported again. Nobody must remove it
/// meanwhile.
void build_state::find_known() {
  auto image = same_repository(record_.reference, cache_.result_digest);
  if (deps_.has_registry() || image.empty())
    return build_image(false);
  ask_actor(self_, deps_.images, look_limit_of_build,
            resolve_image{image, nullptr, true})
    .then(
      [this](const stored_image& known) {
        if (is_over())
          return;
        held_.insert(held_.end(), known.layers.begin(), known.layers.end());
        self_->send(deps_.images, hold_layers{"build-" + record_.id, held_});
        build_image(true);
      },
      [this](const caf::error&) {
        if (!is_over())
          build_image(false);
      });
}

void build_state::build_image(bool is_result_here) {
  auto me = output_listener_actor{self_};
  ask<opened_log_tap>(
    deps_.tap(), kernel_limit_of_build, open_log_tap{me},
    [this, is_result_here](const opened_log_tap& tap) {
      output_is_open_ = true;
      auto job = build_image_job{};
      job.context = shop_context;
      job.dockerfile = dockerfile_;
      job.directory = directory_;
      job.storage = shop_storage;
      job.scratch = shop_scratch;
      job.out = shop_out;
      job.bases = bases_;
      job.compress = deps_.has_registry();
      if (is_result_here) {
        job.known_id = cache_.result_id;
        job.known_digest = cache_.result_digest;
      }
      job.log_fd = log_number;
      auto run = job_in_sandbox(std::move(job));
      auto cache = deps_.layout().build_cache(record_.cache_key).native();
      run.directories = {{place("context"), shop_context},
                         {cache, shop_storage},
                         {place("tmp"), shop_scratch},
                         {place("out"), shop_out}};
      for (const auto& base : bases_)
        if (!base.layout.empty())
          run.directories.push_back(
            {place(base.layout.substr(1).c_str()), base.layout});
      run.fds = {{tap.writer, log_number}};
      run.workshop = std::move(shop_);
      shop_ = {};
      work<image_outcome>(std::move(run), [this](const image_outcome& made) {
        take_result(made);
        close_workshop([this] { publish(); });
      });
    });
}

void build_state::take_result(const image_outcome& made) {
  has_layout_ = !made.is_left_out;
  // The workshop may be in the hands of what was built in it.
  digest_ = has_layout_ ? made.digest : cache_.result_digest;
  if (!has_layout_)
    say("The image is here already");
  cache_.result_id = made.id;
  cache_.result_digest = digest_;
  for (const auto& base : bases_)
    cache_.bases.insert(base.digest);
}

const workspace_class& build_state::limits() const {
  static const auto none = workspace_class{};
  const auto& classes = deps_.settings->classes;
  auto found = classes.find("default");
  return found == classes.end() ? none : found->second;
}

/// Nobody else on this machine may lack room because of a build, and it may
/// take no more than a workspace. Whoever looks at many files looks less often.
void build_state::look_at_room() {
  if (is_over() || record_.phase != build_phase::building)
    return;
  auto what = measure_room{deps_.layout().builds().native(), {}};
  if (limits().storage_bytes > 0)
    what.trees
      = {place(""), deps_.layout().build_cache(record_.cache_key).native()};
  auto began = self_->clock().now();
  ask<room_left>(deps_.tap(), look_limit_of_build, std::move(what),
                 [this, began](const room_left& now) {
                   judge_room(now);
                   auto took = self_->clock().now() - began;
                   self_->delayed_send(
                     self_, std::max<caf::timespan>(room_pause, 10 * took),
                     check_room{});
                 });
}

/// The cache had layers before, the rest is all of this build.
void build_state::judge_room(const room_left& now) {
  if (now.free < std::min(least_room, now.total / 20))
    return cut_short("the disk has no room for it");
  if (limits().storage_bytes == 0)
    return;
  if (now.taken.size() != 2) {
    // A tree that is turned over again and again cannot be counted.
    if (++unmeasured_ == most_unmeasured)
      cut_short("the room that it takes on the disk cannot be told");
    return;
  }
  unmeasured_ = 0;
  auto own = now.taken[0], cache = now.taken[1];
  if (!cache_before_)
    cache_before_ = cache;
  if (own + cache - std::min(cache, *cache_before_) > limits().storage_bytes)
    cut_short("it takes more room on the disk than class default allows");
}

void build_state::cut_short(const char* why) {
  was_cut_short_ = true;
  fail(make_error(ec::exhausted, why));
}

/// What buildah cannot know: it only sees its steps end.
void build_state::tell_limits(const cgroup_limit_hits& hits) {
  if (record_.phase != build_phase::done_failure)
    return;
  if (hits.oom_kills > 0)
    record_.message += " (it reached the memory limit of class default)";
  else if (hits.forks_refused > 0)
    record_.message += " (it reached the limit of processes of class default)";
}

/// Once the output has been heard, nobody of the build is left in its cgroup,
/// and its link is gone.
void build_state::close_workshop(continuation then) {
  shop_ = {};
  if (!std::exchange(is_connected_, false))
    return then();
  // Who did not end by itself may have left half a layer.
  spoilt_cache_
    = std::exchange(is_building_, false) && digest_.empty() && was_cut_short_;
  auto unlink = [this, then = std::move(then)] {
    auto heard = [this, then] {
      if (!output_is_open_)
        return then();
      when_heard_ = then;
      self_->delayed_send(self_, output_patience, log_overdue{});
    };
    ask_actor(self_, deps_.kernel.veth(), kernel_limit_of_build,
              remove_link{deps_.layout().link(slot_)})
      .then([heard](const done&) { heard(); },
            [this, heard](const caf::error& err) {
              log_warning("build-link-not-removed", record_.id, describe(err));
              heard();
            });
  };
  auto group = deps_.layout().build_cgroup(record_.id);
  auto remove = [this, group, unlink] {
    ask_actor(self_, deps_.kernel.cgroup(), kernel_limit_of_build,
              remove_cgroup{group})
      .then([unlink](const done&) { unlink(); },
            [this, unlink](const caf::error& err) {
              log_warning("build-cgroup-not-removed", record_.id,
                          describe(err));
              unlink();
            });
  };
  ask_actor(self_, deps_.kernel.cgroup(), kernel_limit_of_build,
            read_limit_hits{group})
    .then(
      [this, remove](const cgroup_limit_hits& hits) {
        tell_limits(hits);
        remove();
      },
      [remove](const caf::error&) { remove(); });
}

} // namespace berth
