#include "core/builds/dockerfile.hpp"
#include "core/content/paths.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

void try_dockerfile(std::string_view input) {
  auto what = dockerfile::parse(std::string{input});
  if (!what)
    return;
  auto text = what->with({});
  auto again = dockerfile::parse(text);
  require(static_cast<bool>(again), "what buildah gets is a Dockerfile");
  require(again->documents().empty(), "it has no here documents left");
  require(again->with({}) == text, "it is read as it was written");
  require(again->images() == what->images(), "it names the same images");
  for (const auto& file : what->documents()) {
    require(is_inner_path(file.path), "a document leads nowhere else");
    require(file.path.find_first_of(std::string_view{" \t\r\n\"'\\\0", 8})
              == file.path.npos,
            "its name is one word");
  }
}

} // namespace

const target dockerfiles{"dockerfiles", try_dockerfile};

} // namespace berth::fuzz
