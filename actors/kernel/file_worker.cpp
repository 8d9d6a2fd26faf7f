#include "actors/kernel/file_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"

namespace berth {

namespace {

result<void> make_wanted(const make_directory& what) {
  if (auto made = sys::make_directories(what.path, what.mode); !made)
    return made;
  return what.of_trees ? sys::spread_directories(what.path) : result<void>{};
}

} // namespace

file_actor::behavior_type file_worker(file_actor::pointer self) {
  return {
    [self](const make_directory& what) {
      return one_job(self, [&] { return make_wanted(what); });
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
