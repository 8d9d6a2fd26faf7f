#include "actors/kernel/file_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"

namespace berth {

file_actor::behavior_type file_worker(file_actor::pointer self) {
  return {
    [self](const make_directory& what) {
      return one_job(
        self, [&] { return sys::make_directories(what.path, what.mode); });
    },
    [self](const write_file& what) {
      return one_job(self, [&] {
        return sys::replace_file(what.path, what.bytes, what.mode);
      });
    },
    [self](const remove_tree& what) {
      return one_job(self, [&] { return sys::remove_tree(what.path); });
    },
    [self](const move_tree& what) {
      return one_job(self, [&] { return sys::move(what.from, what.to); });
    },
  };
}

} // namespace berth
