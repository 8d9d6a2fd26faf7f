#include "model/container_kind.hpp"

namespace berth {

std::string to_string(container_kind kind) {
  return kind == container_kind::own ? "own" : "compatible";
}

std::optional<container_kind>
container_kind_from_string(std::string_view text) {
  for (auto kind : {container_kind::own, container_kind::compatible})
    if (text == to_string(kind))
      return kind;
  return std::nullopt;
}

} // namespace berth
