#include "test/builds/build_fixture.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace berth::test {

namespace {

const auto some_digest = "sha256:" + std::string(64, 'd');

template <class Job>
bool is(const worker_job& job) {
  return std::holds_alternative<Job>(job);
}

std::string kind_of(const worker_job& job) {
  return is<context_job>(job)       ? "context"
         : is<fetch_image_job>(job) ? "fetch"
         : is<push_image_job>(job)  ? "push"
         : is<build_image_job>(job) ? "build"
                                    : "another";
}

} // namespace

build_fixture::build_fixture() {
  all->node.state_dir = "/s";
  all->node.run_dir = "/r";
  all->runtime.subnet = 0x0a140000;
  all->runtime.uid_size = 65536 * 64;
  all->images.base_repository = "localhost/base";
  all->images.workspace_repository = "localhost/workspace";
  all->build_cache_bytes = 1000;
  all->build_timeout = std::chrono::hours{1};
}

void build_fixture::start(std::vector<build_record> stored) {
  deps_.settings = all;
  deps_.store = spawn([this] { return store(); });
  deps_.logs = spawn([this] { return log_store(); });
  deps_.resolver = spawn([this] { return resolver(); });
  deps_.images = spawn([this] { return images(); });
  deps_.archives = hand<archive_opener_actor>(&build_fixture::archives);
  deps_.job = hand<job_actor>(&build_fixture::job);
  deps_.tap = hand<log_tap_actor>(&build_fixture::tap);
  deps_.cache_disk = hand<cache_disk_actor>(&build_fixture::cache_disk);
  deps_.secrets = hand<secret_keeper_actor>(&build_fixture::secrets);
  deps_.kernel = kernel();
  deps_.now = [this] { return now(); };
  deps_.new_id = [this] { return "b" + std::to_string(next_id_++); };
  auto brain = spawn(build_registry, deps_, std::move(stored));
  builds = brain;
}

build_request build_fixture::request_of(const std::string& remote,
                                        const std::string& owner) {
  auto file = dockerfile_source{};
  file.dockerfile_path = "Dockerfile";
  file.remote_uri = remote;
  file.initializer = "git " + remote;
  auto out = build_request{};
  out.source = std::move(file);
  out.owner = owner;
  return out;
}

build_fixture::told_list build_fixture::build(build_request what) {
  auto told = std::make_shared<std::vector<result<build_record>>>();
  self->send(builds,
             start_build{std::move(what), [told](result<build_record> it) {
                           told->push_back(std::move(it));
                         }});
  settle();
  return told;
}

void build_fixture::let_go(const std::string& kind) {
  held.erase(kind);
  auto waiting = std::exchange(at_work, {});
  for (auto& [what, worker] : waiting)
    if (what == kind)
      caf::anon_send(worker, worker_spoke{});
    else
      at_work.emplace_back(what, worker);
  settle();
}

size_t build_fixture::count(const std::string& entry) const {
  return static_cast<size_t>(std::count(log.begin(), log.end(), entry));
}

build_fixture::piece build_fixture::read(const std::string& id,
                                         const std::string& reference,
                                         uint64_t from) {
  auto heard = std::make_shared<piece>();
  auto to = answer<build_log_piece>{[heard](result<build_log_piece> it) {
    heard->is_there = true;
    heard->what = std::move(it);
  }};
  self->send(builds, read_build_log{id, reference, from, to});
  settle();
  return *heard;
}

std::vector<build_record> build_fixture::list() {
  return ask<build_list>(builds, list_builds{})->builds;
}

build_phase build_fixture::phase_of(const told_list& told) {
  BOOST_REQUIRE(!told->empty());
  BOOST_REQUIRE(told->back());
  return (*told->back()).phase;
}

build_log_store_actor::behavior_type build_fixture::log_store() {
  return {
    [this](const put_build_log& what) {
      kept_logs[what.id] = what.log;
      return stored{};
    },
    [this](const load_build_log& what) -> caf::result<build_log> {
      auto found = kept_logs.find(what.id);
      if (found == kept_logs.end())
        return make_error(ec::not_found, "no log");
      return found->second;
    },
  };
}

store_actor::behavior_type build_fixture::store() {
  return {
    [](const put_record&) { return stored{}; },
    [](const drop_record&) { return stored{}; },
    [](const put_image&) { return stored{}; },
    [](const drop_image&) { return stored{}; },
    [](const put_session&) { return stored{}; },
    [](const drop_session&) { return stored{}; },
    [](const put_archive&) { return stored{}; },
    [](const forget_archive&) { return stored{}; },
    [this](const put_build& what) -> caf::result<stored> {
      if (store_broken)
        return make_error(ec::unavailable, "store broken");
      log.push_back(to_string(what.build.phase));
      disk[what.build.id] = what.build;
      return stored{};
    },
    [this](const forget_build& what) {
      disk.erase(what.id);
      return stored{};
    },
    [](make_durable) { return durable{}; },
    [](load_all) { return everything_stored{}; },
  };
}

resolver_actor::behavior_type build_fixture::resolver() {
  return {
    [this](const resolve_reference& what) -> caf::result<resolved_reference> {
      if (unresolvable)
        return *unresolvable;
      if (what.auth.base_repository)
        with_ours.insert(what.reference);
      auto is_base = what.reference.starts_with(all->images.base_repository);
      if (is_base && !base_exists)
        return make_error(ec::not_found, "no such image");
      log.push_back("resolve " + what.reference);
      return resolved_reference{"r.example/x@" + some_digest, some_digest};
    },
    [](const resolve_base&) { return base_found{}; },
    [this](const find_workspace_image& what) {
      log.push_back("find of " + what.base_reference);
      return workspace_image_found{"localhost/workspace:of-base",
                                   what.base_reference, image_exists};
    },
    [this](const resolve_workspace_image& what)
      -> caf::result<workspace_image_found> {
      if (unresolvable)
        return *unresolvable;
      auto* file = std::get_if<dockerfile_source>(&what.source);
      return workspace_image_found{
        all->images.workspace_repository + ":tag",
        file ? all->images.base_repository + ":"
                 + std::to_string(file->remote_uri.size())
             : std::get<image_source>(what.source).reference,
        image_exists};
    },
    [](const find_login&) {
      return registry_login{"u", "p", ""};
    },
  };
}

image_store_actor::behavior_type build_fixture::images() {
  return {
    [this](const resolve_image& what) -> caf::result<stored_image> {
      for (const auto& image : local)
        if (image.name == what.reference)
          return image;
      return make_error(ec::not_found, "no image");
    },
    [this](const import_image& what) {
      log.push_back(what.same_as.empty() ? "import " + what.name
                                         : "name " + what.same_as);
      auto image = stored_image{};
      image.name = what.name;
      image.digest = some_digest;
      return image;
    },
    [this](list_images) { return image_list{local}; },
    [](const remove_image&) { return done{}; },
    [this](const hold_layers& what) { log.push_back("hold " + what.holder); },
    [this](const drop_layers& what) { log.push_back("drop " + what.holder); },
  };
}

job_actor::behavior_type build_fixture::job(job_actor::pointer me) {
  auto promise = std::make_shared<caf::typed_response_promise<job_ended>>();
  auto kind = std::make_shared<std::string>();
  auto hearer = std::make_shared<output_listener_actor>();
  // A worker's pipes close with it.
  auto close_output = [=, this] {
    if (*kind == "build")
      self->send(*hearer, build_output_ended{});
  };
  auto end = [=, this] {
    me->quit();
    close_output();
    auto found = failing.find(*kind);
    if (found != failing.end())
      promise->deliver(found->second);
    else if (*kind == "context")
      promise->deliver(job_ended{context_outcome{planned}});
    else
      promise->deliver(job_ended{
        image_outcome{some_digest, "id", is_left_out && *kind == "build"}});
  };
  return {
    [=, this](const run_job& what) {
      *kind = kind_of(what.job);
      log.push_back("job " + *kind);
      jobs.push_back(what);
      if (*kind == "build")
        *hearer = listeners_.at(what.fds.front().first);
      *promise = me->make_response_promise<job_ended>();
      auto copy = *promise;
      if (held.contains(*kind))
        at_work.emplace_back(*kind, job_actor{me});
      else
        me->send(job_actor{me}, worker_spoke{});
      return copy;
    },
    [=, this](cancel_job) {
      cancelled.insert(*kind);
      me->quit();
      close_output();
      promise->deliver(make_error(ec::cancelled, "cancelled"));
    },
    [=](worker_spoke) { end(); },
  };
}

log_tap_actor::behavior_type build_fixture::tap(log_tap_actor::pointer me) {
  return {
    [=, this](const open_log_tap& what) {
      auto writer = std::make_shared<const sys::fd>();
      listeners_[writer] = what.to;
      caf::anon_send(what.to, build_output{output});
      return opened_log_tap{writer};
    },
    [=, this](const measure_room&) {
      me->quit();
      return room_left{room, uint64_t{100} << 30, taken};
    },
    [](read_log_tap) {},
  };
}

cache_disk_actor::behavior_type
build_fixture::cache_disk(cache_disk_actor::pointer me) {
  return {
    [=, this](list_caches) {
      me->quit();
      auto out = cached_trees{};
      for (const auto& [key, each] : caches)
        out.trees.push_back(each);
      return out;
    },
    [=, this](const measure_cache& what) {
      me->quit();
      return caches[what.key]
             = {what.key, cache_bytes, now().time_since_epoch().count()};
    },
    [=, this](const remove_cache& what) {
      me->quit();
      log.push_back("remove /s/builds/cache/" + what.key);
      caches.erase(what.key);
      return done{};
    },
  };
}

secret_keeper_actor::behavior_type
build_fixture::secrets(secret_keeper_actor::pointer me) {
  return {
    [=, this](const keep_secrets& what) {
      me->quit();
      kept[what.id] = what.secrets;
      return done{};
    },
    [=, this](const recall_secrets& what) {
      me->quit();
      auto found = kept.find(what.id);
      return recalled_secrets{found == kept.end() ? initializer_secrets{}
                                                  : found->second};
    },
    [=, this](const erase_secrets& what) {
      me->quit();
      kept.erase(what.id);
      return done{};
    },
    [=, this](const sweep_secrets& what) {
      me->quit();
      std::erase_if(kept, [&](const auto& each) {
        return std::ranges::find(what.known, each.first) == what.known.end();
      });
      return done{};
    },
  };
}

archive_opener_actor::behavior_type
build_fixture::archives(archive_opener_actor::pointer me) {
  return {[=, this](const open_archives& what) -> caf::result<opened_archives> {
    me->quit();
    auto out = opened_archives{};
    for (const auto& name : what.wanted) {
      if (!archived.contains(name))
        return make_error(ec::not_found, "cannot find snapshot " + name);
      out.archives[name].bytes = 7;
    }
    for (const auto& name : what.optional)
      if (archived.contains(name))
        out.archives[name].bytes = 7;
    for (const auto& path : what.local)
      if (archived.contains(path))
        out.local.push_back(path);
    return out;
  }};
}

} // namespace berth::test
