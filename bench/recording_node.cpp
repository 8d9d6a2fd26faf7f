#include "bench/recording_node.hpp"

#include "sys/clock.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <vector>

namespace berth::bench {

content_actor::behavior_type no_content(content_actor::pointer) {
  return {
    [](const initialize_content& job) {
      return content_initialized{
        "/var/lib/berth/content/" + job.id.instance, "from-other", {}};
    },
    [](const cancel_content&) {},
    [](const archive_content&) { return content_archived{}; },
    [](const survey_content&) { return content_surveyed{}; },
    [](const discard_content&) { return done{}; },
    [](const quarantine_content&) { return done{}; },
    [](const measure_content&) { return content_measured{}; },
    [](const sweep_content&) { return done{}; },
  };
}

image_store_actor::behavior_type no_images(image_store_actor::pointer) {
  return {
    [](const resolve_image& job) {
      stored_image image;
      image.name = job.reference;
      image.digest = "sha256:" + std::string(64, 'd');
      image.layers = {std::string(64, 'a'), std::string(64, 'b')};
      return image;
    },
    [](const import_image&) { return stored_image{}; },
    [](const list_images&) { return image_list{}; },
    [](const remove_image&) { return done{}; },
    [](const hold_layers&) {},
    [](const drop_layers&) {},
  };
}

runtime_actor::behavior_type no_runtime(runtime_actor::pointer self) {
  using promise = caf::typed_response_promise<container_end>;
  auto waiting = std::make_shared<std::vector<promise>>();
  return {
    [](const launch&) {
      return launched{{4242, 1}, "10.20.0.2"};
    },
    [](const wake&) { return done{}; },
    [self, waiting](const await_end&) {
      waiting->push_back(self->make_response_promise<container_end>());
      return waiting->back();
    },
    [](const terminate&) { return done{}; },
    [](const release&) { return done{}; },
    [](const freeze&) { return done{}; },
    [](const thaw&) { return done{}; },
    [](const sweep&) { return done{}; },
    [](const put_ssh_keys&) { return done{}; },
    [](const exec&) { return done{}; },
    [](const get_log_path&) { return log_path{}; },
    [](const forget_log&) {},
  };
}

secret_keeper_actor::behavior_type no_secrets(secret_keeper_actor::pointer) {
  return {
    [](const keep_secrets&) { return done{}; },
    [](const recall_secrets&) { return recalled_secrets{}; },
    [](const erase_secrets&) { return done{}; },
    [](const sweep_secrets&) { return done{}; },
  };
}

disk_guard_actor::behavior_type roomy_disk(disk_guard_actor::pointer) {
  return {
    [](admit_content) { return done{}; },
    [](look_at_disk) {},
  };
}

maintenance_actor::behavior_type no_maintenance(maintenance_actor::pointer) {
  return {
    [](get_maintenance) { return maintenance{}; },
    [](const announce_maintenance_until&) { return done{}; },
  };
}

node_clock running_clock() {
  auto wall = []() -> wall_time { return std::chrono::system_clock::now(); };
  return {wall, sys::since_boot, "this"};
}

} // namespace berth::bench
