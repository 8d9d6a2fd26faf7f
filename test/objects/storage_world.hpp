#pragma once

#include "core/objects/object_storage.hpp"
#include "test/support/s3_server.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace berth::test {

inline const auto mine = object_owner{"alice", "project-1"};

/// A storage, and what others see of it.
class storage_world {
public:
  storage_world();
  storage_world(const storage_world&) = delete;
  storage_world& operator=(const storage_world&) = delete;
  virtual ~storage_world();

  staged_object staged(const std::string& bytes);
  object_info described(const std::string& bytes);
  result<object_name> back_up(const std::string& bytes);
  result<object_name> snapshot(const std::string& bytes);

  /// Everything up to the end; the error's text if there is one.
  static std::string read(const result<opened_object>&);

  /// Past the storage: the object `file` of `mine`.
  virtual void write(const std::string& file, const std::string& bytes) = 0;
  virtual std::string raw(const std::string& file) = 0;
  virtual void remove(const std::string& file) = 0;
  /// How many objects of `mine` have names that begin like this.
  virtual size_t count(const std::string& prefix) = 0;

  std::filesystem::path root;
  std::unique_ptr<object_storage> storage;
  int64_t clock = 1'000;
};

struct file_world : storage_world {
  file_world();
  void write(const std::string& file, const std::string& bytes) override;
  std::string raw(const std::string& file) override;
  void remove(const std::string& file) override;
  size_t count(const std::string& prefix) override;

private:
  std::filesystem::path directory() const;
};

/// The one that all tests of this program share.
s3_server& server();

struct s3_world : storage_world {
  s3_world();
  /// Of `store`, reached as it says; the world looks past that.
  explicit s3_world(s3::settings store);
  void write(const std::string& file, const std::string& bytes) override;
  std::string raw(const std::string& file) override;
  void remove(const std::string& file) override;
  size_t count(const std::string& prefix) override;
  /// Begins an upload that nobody goes on with.
  void leave_upload(const std::string& key);
  /// Uploads that are neither completed nor aborted.
  size_t open_uploads();

  s3::settings direct; ///< to the server itself
};

} // namespace berth::test
