#include "core/seal.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_AUTO_TEST_SUITE(seal_test)

BOOST_AUTO_TEST_CASE(only_the_same_key_and_subject_open_it) {
  auto key = *make_seal_key();
  BOOST_TEST(key.size() == seal_key_bytes);
  auto sealed = *seal("CANARY", "w1", key);
  BOOST_TEST(sealed.find("CANARY") == sealed.npos);
  BOOST_TEST(sealed != *seal("CANARY", "w1", key));
  BOOST_TEST(*unseal(sealed, "w1", key) == "CANARY");
  BOOST_TEST((code_of(unseal(sealed, "w2", key).error()) == ec::data_loss));
  BOOST_TEST(!unseal(sealed, "w1", *make_seal_key()));
  for (size_t i = 0; i < sealed.size(); ++i) {
    auto damaged = sealed;
    damaged[i] ^= 1;
    BOOST_TEST(!unseal(damaged, "w1", key));
  }
  for (size_t length = 0; length < sealed.size(); ++length)
    BOOST_TEST(!unseal(sealed.substr(0, length), "w1", key));
  BOOST_TEST(*unseal(*seal("", "w1", key), "w1", key) == "");
}

BOOST_AUTO_TEST_SUITE_END()
