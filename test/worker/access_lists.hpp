#pragma once

#include <boost/test/unit_test.hpp>

#include <sys/xattr.h>

#include <array>
#include <cstdint>
#include <filesystem>

namespace berth::test {

constexpr auto access_list = "system.posix_acl_access";
constexpr auto default_list = "system.posix_acl_default";

/// The owner and user 1000 may all, group 2000 may read, the group nothing.
inline void give_acl(const std::filesystem::path& path, const char* which) {
  auto list = std::array<uint32_t, 13>{2}; // as of posix_acl_xattr.h
  auto at = size_t{1};
  for (auto [tag, may, id] : {std::array{0x01u, 7u, ~0u},
                              {0x02u, 7u, 1000u},
                              {0x04u, 0u, ~0u},
                              {0x08u, 4u, 2000u},
                              {0x10u, 7u, ~0u},
                              {0x20u, 1u, ~0u}}) {
    list[at++] = tag | may << 16;
    list[at++] = id;
  }
  BOOST_REQUIRE(::setxattr(path.c_str(), which, list.data(), sizeof list, 0)
                == 0);
}

} // namespace berth::test
