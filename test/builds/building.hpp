#pragma once

#include "test/e2e/service.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image-builder-api/imgbuilder.grpc.pb.h"

namespace berth::test {

/// A real berthd with a repository whose Dockerfiles it builds.
class building : public e2e::furnished_service {
public:
  /// `more` is appended to the configuration.
  explicit building(const std::string& more = "");
  ~building();

  /// Makes these the files of the repository's next commit, which it names.
  std::string commit(const std::map<std::string, std::string>& files);
  /// Runs a shell line in the working copy, and commits.
  std::string commit_line(const std::string& line);

  builder::BuildRequest request(const std::string& dockerfile = "Dockerfile",
                                const std::string& context = "") const;

  struct ended {
    grpc::Status status;
    std::vector<builder::BuildResponse> told;
    std::string log;

    const builder::BuildResponse& last() const { return told.back(); }
    bool is_success() const {
      return !told.empty() && last().status() == builder::done_success;
    }
    std::string why() const {
      return status.error_message() + (told.empty() ? "" : last().message())
             + "\n" + log;
    }
  };

  /// `on_told` hears each message as it comes; false: we go.
  using hearing = std::function<bool(const builder::BuildResponse&)>;
  ended build(const builder::BuildRequest&, const hearing& on_told = nullptr);
  /// What is written until the build ends.
  std::pair<grpc::Status, std::string> log_of(const std::string& id,
                                              bool censored = false);
  std::vector<builder::BuildInfo> builds();
  std::unique_ptr<builder::ImageBuilder::Stub> stub() const;

  /// What is known of one; nothing if there is none.
  std::optional<builder::BuildInfo> info_of(const std::string& id);

  const std::filesystem::path& place() const { return place_; }

private:
  std::filesystem::path place_; ///< not in /tmp: sandboxes have their own
};

/// The fixture of a suite whose tests share a T, which takes seconds to make.
template <class T>
struct shared {
  shared() { it = std::make_unique<T>(); }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;
  ~shared() { it.reset(); }

  static inline std::unique_ptr<T> it;
};

/// The fixture of such a test.
template <class T>
struct sharing {
  T& node = *shared<T>::it;
};

} // namespace berth::test
