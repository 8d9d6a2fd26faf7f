#pragma once

#include "actors/store/store_worker.hpp"
#include "test/support/why_not.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system_config.hpp>

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

namespace berth::test {

/// A directory that goes with the test, and a database's place in it.
struct store_directory {
  std::filesystem::path dir;
  std::filesystem::path path;

  store_directory() {
    auto name = std::string{"/tmp/berth-store-XXXXXX"};
    BOOST_REQUIRE(::mkdtemp(name.data()));
    dir = name;
    path = dir / "berth.db";
  }
  store_directory(const store_directory&) = delete;
  store_directory& operator=(const store_directory&) = delete;
  ~store_directory() { std::filesystem::remove_all(dir); }
};

inline put_record a_record(const std::string& id, uint64_t version) {
  auto out = workspace_record{};
  out.spec.id = id;
  out.spec.initializer = "bytes \xff of " + std::to_string(version);
  out.version = version;
  return {std::make_shared<const workspace_record>(std::move(out))};
}

inline put_session a_session(const std::string& id, session_phase phase) {
  auto out = session_record{};
  out.id = id;
  out.phase = phase;
  return {std::make_shared<const session_record>(std::move(out))};
}

inline put_image an_image(const std::string& name, uint64_t bytes) {
  auto out = stored_image{};
  out.name = name;
  out.bytes = bytes;
  return {std::move(out)};
}

} // namespace berth::test
