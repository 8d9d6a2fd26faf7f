#include "test/objects/storage_world.hpp"

#include "core/hasher.hpp"
#include "core/objects/file_storage.hpp"
#include "core/objects/s3_storage.hpp"
#include "core/s3/bucket.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace berth::test {

namespace fs = std::filesystem;

namespace {

constexpr uint32_t keep = 2;

/// A client that goes straight to the server.
struct direct_bucket {
  explicit direct_bucket(const s3::settings& where) : client(where, stop) {}

  s3::stop_signal stop;
  s3::client client;
  s3::bucket bucket{client};
};

std::string key_of(const std::string& file) {
  return "alice/workspaces/project-1/" + file;
}

} // namespace

storage_world::storage_world() {
  char path[] = "/tmp/berth-objects-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(path));
  root = path;
}

storage_world::~storage_world() {
  storage.reset();
  fs::remove_all(root);
}

staged_object storage_world::staged(const std::string& bytes) {
  auto out = storage->staging().create("object-" + std::to_string(++clock));
  BOOST_REQUIRE(out);
  BOOST_REQUIRE_EQUAL(::write(out->writer.get(), bytes.data(), bytes.size()),
                      static_cast<ssize_t>(bytes.size()));
  return std::move(*out);
}

object_info storage_world::described(const std::string& bytes) {
  auto info = object_info{};
  info.bytes = bytes.size();
  info.sha256 = sha256_hex(bytes);
  info.entries = 3;
  info.created_ns = ++clock;
  return info;
}

result<object_name> storage_world::back_up(const std::string& bytes) {
  auto object = staged(bytes);
  return storage->publish_backup(mine, object, described(bytes));
}

result<object_name> storage_world::snapshot(const std::string& bytes) {
  auto object = staged(bytes);
  return storage->publish_snapshot(mine, object, described(bytes));
}

std::string storage_world::read(const result<opened_object>& object) {
  if (!object)
    return describe(object.error());
  auto text = std::string{};
  auto chunk = std::array<char, 4096>{};
  for (;;) {
    auto n = ::read(object->content.get(), chunk.data(), chunk.size());
    if (n < 0)
      return std::strerror(errno);
    if (n == 0)
      return text;
    text.append(chunk.data(), static_cast<size_t>(n));
  }
}

file_world::file_world() {
  storage = make_file_storage(root / "objects", keep);
}

fs::path file_world::directory() const {
  return root / "objects/gitpod-user-alice/workspaces/project-1";
}

void file_world::write(const std::string& file, const std::string& bytes) {
  fs::create_directories(directory());
  std::ofstream{directory() / file} << bytes;
}

std::string file_world::raw(const std::string& file) {
  auto in = std::ifstream{directory() / file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void file_world::remove(const std::string& file) {
  BOOST_REQUIRE(fs::remove(directory() / file));
}

size_t file_world::count(const std::string& prefix) {
  auto n = size_t{0};
  auto err = std::error_code{};
  for (const auto& entry : fs::directory_iterator{directory(), err})
    n += entry.path().filename().native().starts_with(prefix);
  return n;
}

s3_server& server() {
  static auto shared = s3_server{};
  return shared;
}

s3_world::s3_world() : s3_world(server().make_bucket()) {}

s3_world::s3_world(s3::settings store) : direct(store) {
  if (direct.ca_file.empty())
    direct.endpoint = server().endpoint();
  direct.path_style = true;
  storage
    = make_s3_storage(std::move(store), root / "staging", root / "marks", keep);
}

void s3_world::write(const std::string& file, const std::string& bytes) {
  auto put = direct_bucket{direct}.bucket.put(key_of(file), bytes, {},
                                              s3::deadline::max());
  BOOST_REQUIRE(!!put);
}

std::string s3_world::raw(const std::string& file) {
  auto got
    = direct_bucket{direct}.bucket.get(key_of(file), s3::deadline::max());
  return got ? got->text : "";
}

void s3_world::remove(const std::string& file) {
  auto gone
    = direct_bucket{direct}.bucket.remove(key_of(file), s3::deadline::max());
  BOOST_REQUIRE(!!gone);
}

size_t s3_world::count(const std::string& prefix) {
  auto all = direct_bucket{direct}.bucket.list(key_of(prefix), 1000,
                                               s3::deadline::max());
  BOOST_REQUIRE(!!all);
  return all->size();
}

void s3_world::leave_upload(const std::string& key) {
  auto begun = direct_bucket{direct}.client.send(
    {"POST", key, {{"uploads", ""}}}, s3::deadline::max());
  BOOST_REQUIRE(!!begun);
}

size_t s3_world::open_uploads() {
  auto all = direct_bucket{direct}.bucket.uploads("", s3::deadline::max());
  BOOST_REQUIRE(!!all);
  return all->size();
}

} // namespace berth::test
