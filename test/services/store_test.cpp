#include "actors/store/store_worker.hpp"
#include "test/actors/store_fixture.hpp"
#include "test/support/deterministic_system.hpp"

#include <caf/send.hpp>

namespace berth::test {

namespace {

struct service_store_system : store_directory, deterministic_system {
  service_store_system() { reopen(); }

  void close() {
    if (store)
      caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    store = nullptr;
    settle();
  }

  /// As a restart of berthd would find it.
  void reopen() {
    close();
    auto opened = database::open(path);
    BOOST_REQUIRE_EQUAL(why_not(opened), "");
    store = service_store(
      store_actor{spawn(store_worker, *opened, std::shared_ptr<ballast>{})});
  }

  template <class Message>
  std::string put(Message msg) {
    return why_not(ask<stored>(store, std::move(msg)));
  }

  result<stored_services> load() {
    return ask<stored_services>(store, load_services{});
  }

  service_store_actor store;
};

put_service a_service(const std::string& id, int64_t tokens) {
  auto out = service_record{};
  out.id = id;
  out.kind = container_kind::compatible;
  out.container = {4711, 77};
  out.is_prepared = true;
  out.calls = {{"MountProc", {tokens, duration{5}}}};
  out.mounts = {{99, 2, 0}};
  return {std::make_shared<const service_record>(std::move(out))};
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_store_keeps)

BOOST_FIXTURE_TEST_CASE(what_services_remember_until_it_is_dropped,
                        service_store_system) {
  BOOST_TEST(put(a_service("b", 3)) == "");
  BOOST_TEST(put(a_service("a", 1)) == "");
  BOOST_TEST(put(a_service("a", -2)) == "");
  BOOST_TEST(!ask<stored>(store, put_service{}));
  reopen();
  auto all = load();
  BOOST_REQUIRE_EQUAL(why_not(all), "");
  BOOST_REQUIRE(all->services.size() == 2u);
  const auto& first = *all->services[0];
  BOOST_TEST(first.id == "a");
  BOOST_TEST(first.is_prepared);
  BOOST_TEST(!first.is_evacuated);
  BOOST_TEST((first.kind == container_kind::compatible));
  BOOST_TEST(first.container.start_time == 77u);
  BOOST_REQUIRE(first.calls.size() == 1u);
  BOOST_TEST(first.calls[0].method == "MountProc");
  BOOST_TEST(first.calls[0].level.tokens == -2);
  BOOST_TEST(first.calls[0].level.filled_at.count() == 5);
  BOOST_REQUIRE(first.mounts.size() == 1u);
  BOOST_TEST(first.mounts[0].kernel == 2u);
  BOOST_TEST(put(drop_service{"a"}) == "");
  reopen();
  BOOST_TEST(load()->services.size() == 1u);
  close();
  {
    auto other = sqlite_db::open(path);
    BOOST_REQUIRE(other);
    BOOST_REQUIRE(other->execute("UPDATE services SET id='c'"));
  }
  reopen();
  auto broken = load();
  BOOST_TEST(why_not(broken) == "service 'c': belongs to another id");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
