#include "core/back_off.hpp"
#include "core/s3/pace.hpp"
#include "core/s3/parts.hpp"
#include "core/s3/signature.hpp"
#include "core/s3/xml.hpp"
#include "core/uri.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace berth::s3 {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(s3_protocol)

BOOST_AUTO_TEST_CASE(signs_the_published_example) {
  // "Example: GET Object" of the documentation of AWS Signature Version 4.
  auto empty
    = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  auto what = signable{"GET",
                       "/test.txt",
                       "",
                       {{"host", "examplebucket.s3.amazonaws.com"},
                        {"range", "bytes=0-9"},
                        {"x-amz-content-sha256", empty},
                        {"x-amz-date", "20130524T000000Z"}}};
  auto key = access_key{"AKIAIOSFODNN7EXAMPLE",
                        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  BOOST_TEST(
    authorization(what, key, "us-east-1")
    == "AWS4-HMAC-SHA256 "
       "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
       "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

BOOST_AUTO_TEST_CASE(cuts_archives_of_any_length_as_stores_take_them) {
  constexpr auto usual = uint64_t{16} << 20;
  for (auto bytes :
       {uint64_t{0}, uint64_t{1}, usual - 1, usual, usual + 1, usual * 10'000,
        usual * 10'000 + 1, longest_request, longest_request + 1,
        uint64_t{200} << 30, longest_object - 1, longest_object})
    for (auto wanted : {usual, longest_request}) {
      auto parts = cut_into_parts(bytes, wanted);
      BOOST_TEST_CONTEXT(bytes << " bytes by " << wanted) {
        BOOST_REQUIRE(!parts.empty());
        BOOST_TEST(parts.size() <= most_parts);
        auto end = uint64_t{0};
        auto is_accepted = true;
        for (const auto& part : parts) {
          // All but the last one must have 5 MiB.
          auto is_long = &part == &parts.back() || part.bytes >= usual;
          is_accepted = is_accepted && is_long && part.offset == end
                        && part.bytes <= longest_request;
          end += part.bytes;
        }
        BOOST_TEST(is_accepted);
        BOOST_TEST(end == bytes);
        BOOST_TEST((parts.back().bytes > 0 || bytes == 0));
      }
    }
  BOOST_TEST(cut_into_parts(usual * 2, usual).size() == 2u);
  BOOST_TEST(cut_into_parts(usual * 2 + 1, usual).size() == 3u);
}

BOOST_AUTO_TEST_CASE(encodes_what_is_not_unreserved) {
  BOOST_TEST(uri_encoded("a/b c~d+(e)", false) == "a/b%20c~d%2B%28e%29");
  BOOST_TEST(uri_encoded("a/b", true) == "a%2Fb");
  BOOST_TEST(uri_decoded("a%2Fb%20c") == "a/b c");
  BOOST_TEST(uri_decoded("%zz%2") == "%zz%2");
}

BOOST_AUTO_TEST_CASE(reads_what_a_store_writes) {
  auto root = parse_xml("<?xml version='1.0' encoding='UTF-8'?>\n"
                        "<!-- x --><s3:List xmlns:s3=\"http://x/\" a='>'>\n"
                        "<Key>a&amp;b&#65;&#x20AC;</Key><Empty/>"
                        "<Owner><ID>1</ID></Owner></s3:List>\n");
  BOOST_REQUIRE(root);
  BOOST_TEST(root->name == "List");
  BOOST_TEST(root->text_of("Key") == "a&bA\xe2\x82\xac");
  BOOST_REQUIRE(root->child("Empty"));
  BOOST_TEST(root->child("Owner")->text_of("ID") == "1");
  BOOST_TEST(root->text_of("None") == "");
}

BOOST_AUTO_TEST_CASE(refuses_every_other_document) {
  auto deep = std::string{};
  for (auto i = 0; i < 9; ++i)
    deep = "<a>" + deep + "</a>";
  auto wide = std::string{"<a>"};
  for (auto i = 0; i < 100'000; ++i)
    wide += "<b/>";
  for (const auto& text :
       {std::string{},
        std::string{"text"},
        std::string{"<a>"},
        std::string{"<a></b>"},
        std::string{"<a/><b/>"},
        std::string{"<a/>x"},
        std::string{"<a>&unknown;</a>"},
        std::string{"<a>&#0;</a>"},
        std::string{"<a>&#xd800;</a>"},
        std::string{"<a>&#x110000;</a>"},
        std::string{"<a>& </a>"},
        std::string{"<a b></a>"},
        std::string{"<a b=1></a>"},
        std::string{"<a b='1></a>"},
        std::string{"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"},
        std::string{"<a><![CDATA[x]]></a>"},
        std::string{"<?xml"},
        std::string{"<a><!-- </a>"},
        std::string{"< a/>"},
        deep,
        wide + "</a>",
        std::string(size_t{5} << 20, ' ') + "<a/>"})
    BOOST_TEST_CONTEXT(text.substr(0, 60)) {
      auto root = parse_xml(text);
      BOOST_REQUIRE(!root);
      BOOST_TEST((code_of(root.error()) == ec::data_loss));
    }
}

BOOST_AUTO_TEST_CASE(survives_every_cut_and_every_wrong_byte) {
  const auto text = std::string{
    "<?xml version='1.0'?><A x='y'><B>c&lt;&#10;</B><!-- d --><E/></A>"};
  BOOST_REQUIRE(!!parse_xml(text));
  for (size_t at = 0; at < text.size(); ++at) {
    BOOST_TEST(!parse_xml(text.substr(0, at)));
    for (auto wrong : {'<', '>', '&', '/', '\0', '\xff', ';', '#'}) {
      auto damaged = text;
      damaged[at] = wrong;
      (void)parse_xml(damaged);
    }
  }
}

BOOST_AUTO_TEST_CASE(writes_text_that_it_reads) {
  auto text = std::string{"\"a\" <b> & 'c'"};
  auto root = parse_xml("<a>" + xml_escaped(text) + "</a>");
  BOOST_REQUIRE(root);
  BOOST_TEST(root->text == text);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_down_is_asked_once_in_a_gap) {
  auto pace = s3::pace{1s};
  auto now = pace::clock::now();
  BOOST_TEST((pace.reserve(now) == now));
  BOOST_TEST((pace.reserve(now) == now));
  pace.failed();
  auto first = pace.reserve(now);
  BOOST_TEST((first >= now + 1s));
  BOOST_TEST((pace.reserve(now) == first + 1s));
  pace.failed();
  BOOST_TEST((pace.reserve(now) == first + 2s));
  pace.answered();
  BOOST_TEST((pace.reserve(now) == now));
}

BOOST_AUTO_TEST_CASE(waits_longer_each_time_up_to_a_limit) {
  for (auto n : {0U, 1U, 2U, 5U, 100U}) {
    auto full
      = std::min<std::chrono::milliseconds>(100ms * (1 << std::min(n, 5U)), 1s);
    auto span = back_off(n, 100ms, 1s);
    BOOST_TEST((span >= full / 2 && span <= full));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::s3
