#pragma once

#include "test/objects/fault_proxy.hpp"
#include "test/objects/storage_world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>

/// A store behind a network, and a store, that do not do as they should.
namespace berth::test {

using namespace std::chrono_literals;
using kind = fault::kind;

inline constexpr auto whole_part = "partNumber=2";

inline bool is_about(const std::string& head, std::string_view what) {
  return head.substr(0, head.find("\r\n")).find(what) != std::string::npos;
}

inline bool is_of_list(const std::string& head) {
  return is_about(head, "full.tar.zst.json");
}

inline std::string error_body(const std::string& code) {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>";
}

/// Of 450 kB: five parts.
inline std::string archive_text(int seed = 0) {
  auto text = std::string{};
  for (auto i = seed; text.size() < 450'000; ++i)
    text += std::to_string(i) + ";";
  return text;
}

inline s3::settings patient(s3::settings store, std::chrono::seconds patience) {
  store.limits.writing = patience;
  return store;
}

struct faulty_store {
  explicit faulty_store(std::chrono::seconds patience = 60s)
    : world(patient(server().make_bucket(proxy.port()), patience)) {}

  /// The first `times` requests that `concern` fare so.
  void spoil(const fault& how, int times,
             const std::function<bool(const std::string&)>& concern) {
    proxy.set([=, n = times](const std::string& head) mutable {
      return concern(head) && n-- > 0 ? how : fault{};
    });
  }

  /// `what`: words that their first lines have.
  void spoil(const fault& how, int times, const std::string& what) {
    spoil(how, times, [what](const auto& head) {
      auto words = std::istringstream{what};
      for (std::string word; words >> word;)
        if (!is_about(head, word))
          return false;
      return true;
    });
  }

  void heal() { proxy.set(nullptr); }

  /// A backup in spite of the spoiled requests, and nothing left of them.
  void must_back_up(const std::string& text = archive_text(1)) {
    auto outcome = world.back_up(text);
    BOOST_REQUIRE_MESSAGE(!!outcome,
                          (outcome ? "" : describe(outcome.error())));
    heal();
    BOOST_TEST((world.read(world.storage->open_backup(mine)) == text));
    BOOST_TEST(world.open_uploads() == 0u);
  }

  /// A refusal, after which the backup before is the newest one still.
  ec must_not_back_up() {
    auto outcome = world.back_up(archive_text(2));
    BOOST_REQUIRE(!outcome);
    heal();
    BOOST_TEST(world.read(world.storage->open_backup(mine)) == "before");
    BOOST_TEST(world.storage->generations(mine)->size() == 1u);
    BOOST_TEST(world.open_uploads() == 0u);
    BOOST_TEST_MESSAGE(describe(outcome.error()));
    return code_of(outcome.error());
  }

  fault_proxy proxy{server().port()};
  s3_world world;
};

/// For what never gets better.
struct hopeless_store : faulty_store {
  hopeless_store() : faulty_store(2s) {}
};

inline constexpr auto always = 1'000'000;

} // namespace berth::test
