#pragma once

#include <map>
#include <string>
#include <vector>

namespace berth::test {

/// A repository with a Dockerfile. `$BASE` in one is the base image: busybox
/// with a user `joe`, at a registry; `$TRIGGERS` is one of it with ONBUILD,
/// SHELL and HEALTHCHECK. What plain buildah cannot read is there
/// once more, in its words, as `plain/Dockerfile`.
struct corpus_entry {
  std::string name;
  std::map<std::string, std::string> files;
  std::string prepare = ":"; ///< a shell line in it, for what text cannot say
  std::string refusal = {};  ///< what Berth says of it, in words of its own
};

const std::vector<corpus_entry>& corpus();

} // namespace berth::test
