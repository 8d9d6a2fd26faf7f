#include "actors/disk/disk_gauge_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/free_space.hpp"

namespace berth {

disk_gauge_actor::behavior_type
disk_gauge_worker(disk_gauge_actor::pointer self, std::filesystem::path path) {
  return {
    [=](measure_disk) {
      return one_job(self, [&]() -> result<disk_room> {
        auto found = sys::find_free_space(path);
        if (!found)
          return found.error();
        return disk_room{found->bytes, found->files, found->counts_files};
      });
    },
  };
}

} // namespace berth
