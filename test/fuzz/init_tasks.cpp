#include "app/berth-init/json.hpp"
#include "app/berth-init/tasks.hpp"
#include "core/utf8.hpp"
#include "test/fuzz/targets.hpp"

#include <nlohmann/json.hpp>

namespace berth::fuzz {

namespace {

/// How deep brackets nest, seen from afar.
long most_brackets(std::string_view text) {
  auto count = long{0};
  for (auto c : text)
    count += c == '[' || c == '{';
  return count;
}

void try_tasks(std::string_view input) {
  auto ours = init::parse_json(input).has_value();
  // Of bytes that are no UTF-8 the other one knows nothing, a NUL it takes for
  // the end, and numbers that no double holds it refuses.
  if (valid_utf8(input) == input
      && input.find_first_of(std::string_view{"eE\0", 3}) == input.npos) {
    auto theirs = nlohmann::json::accept(input);
    require(!ours || theirs || input.starts_with("\xef\xbb\xbf"),
            "only JSON is taken for JSON");
    require(ours || !theirs || most_brackets(input) >= 32
              || input.find("\\u0000") != input.npos
              || input.starts_with("\xef\xbb\xbf"),
            "JSON is taken for JSON");
  }
  auto tasks = init::parse_tasks(input);
  require(!tasks || ours, "tasks are JSON");
}

} // namespace

const target init_tasks{"init_tasks", try_tasks};

} // namespace berth::fuzz
