#include "core/resources/storage_limit.hpp"

namespace berth {

namespace {

std::string in_mib(uint64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

} // namespace

std::string storage_excess(uint64_t bytes, uint64_t limit) {
  if (bytes <= limit)
    return {};
  return std::string{storage_excess_begin} + in_mib(bytes) + " of "
         + in_mib(limit) + " used; remove files";
}

} // namespace berth
