#include "core/objects/generation_marks.hpp"

#include "sys/file.hpp"

#include <charconv>
#include <string>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t longest_mark = 32;

} // namespace

fs::path generation_marks::path_of(const object_owner& of) const {
  return directory_ / of.owner / of.meta_id;
}

uint64_t generation_marks::last(const object_owner& of) const {
  auto text = sys::read_file(path_of(of), longest_mark);
  auto out = uint64_t{0};
  if (text)
    std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

result<void> generation_marks::raise(const object_owner& of,
                                     uint64_t generation) const {
  auto lock = std::lock_guard{mutex_};
  if (generation <= last(of))
    return {};
  auto path = path_of(of);
  if (auto made = sys::make_directories(path.parent_path(), 0700); !made)
    return made;
  return sys::replace_file(path, std::to_string(generation), 0600);
}

void generation_marks::forget(std::chrono::seconds age) const {
  auto lock = std::lock_guard{mutex_};
  auto err = std::error_code{};
  auto before = fs::file_time_type::clock::now() - age;
  for (const auto& entry : fs::recursive_directory_iterator{directory_, err})
    if (entry.is_regular_file(err) && entry.last_write_time(err) < before)
      fs::remove(entry.path(), err);
}

} // namespace berth
