#include "core/s3/bucket.hpp"

#include "core/content/digest.hpp"
#include "core/hasher.hpp"
#include "core/rfc3339.hpp"
#include "core/s3/xml.hpp"
#include "core/uri.hpp"

#include <charconv>

namespace berth::s3 {

namespace {

constexpr auto most_pages = 1000;

caf::error unreadable(const std::string& what) {
  return make_error(ec::data_loss,
                    "the store's answer to " + what + " is not readable");
}

bool to_number(std::string_view text, uint64_t& out) {
  auto* end = text.data() + text.size();
  auto [at, err] = std::from_chars(text.data(), end, out);
  return err == std::errc{} && at == end;
}

std::string md5_of(std::string_view text) {
  auto hash = hasher{"md5"};
  hash.add(text);
  return hash.finish();
}

bool read_listed(const xml_element& from, listed_object& into) {
  into.key = uri_decoded(from.text_of("Key"));
  auto changed = parse_rfc3339(from.text_of("LastModified"));
  if (!changed || !to_number(from.text_of("Size"), into.bytes))
    return false;
  into.changed = *changed;
  return true;
}

bool read_listed(const xml_element& from, listed_upload& into) {
  into.key = uri_decoded(from.text_of("Key"));
  into.id = from.text_of("UploadId");
  auto begun = parse_rfc3339(from.text_of("Initiated"));
  if (!begun || into.id.empty())
    return false;
  into.begun = *begun;
  return true;
}

/// Adds what `page` lists under the name `entry`.
template <class T>
bool read_page(const xml_element& page, std::string_view entry, size_t most,
               std::vector<T>& into) {
  for (const auto& each : page.children) {
    if (each.name != entry || into.size() >= most)
      continue;
    if (!read_listed(each, into.emplace_back()))
      return false;
  }
  return true;
}

} // namespace

std::string plain_md5(const std::string& etag) {
  auto text = std::string_view{etag};
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return is_hex(text, 32) ? std::string{text} : std::string{};
}

result<object_head> bucket::head(const std::string& key, deadline until) const {
  auto answer = client_.send({"HEAD", key}, until);
  if (!answer)
    return answer.error();
  auto out = object_head{0, answer->header("etag")};
  if (!to_number(answer->header("content-length"), out.bytes))
    return unreadable("HEAD " + key);
  return out;
}

result<small_object> bucket::get(const std::string& key, deadline until) const {
  for (auto n = 0U;; ++n) {
    auto answer = client_.send({"GET", key}, until);
    if (!answer)
      return answer.error();
    auto etag = answer->header("etag");
    auto md5 = plain_md5(etag);
    if (md5.empty() || md5 == md5_of(answer->body))
      return small_object{std::move(answer->body), std::move(etag)};
    if (n > 2 || !client_.pause(n, until))
      return make_error(ec::data_loss, key + " is not what its etag says");
  }
}

result<void> bucket::put(const std::string& key, const std::string& text,
                         const condition& only_if, deadline until) {
  auto what = request{"PUT", key};
  what.text = text;
  if (knows_conditions_ && only_if.what == condition::kind::absent)
    what.headers["if-none-match"] = "*";
  if (knows_conditions_ && only_if.what == condition::kind::etag)
    what.headers["if-match"] = only_if.etag;
  auto answer = client_.send(what, until);
  if (answer)
    return {};
  if (code_of(answer.error()) == ec::unimplemented && knows_conditions_) {
    knows_conditions_ = false;
    return put(key, text, {}, until);
  }
  if (code_of(answer.error()) != ec::aborted)
    return answer.error();
  // An attempt whose answer was lost may have been the one.
  auto there = get(key, until);
  if (there && there->text == text)
    return {};
  return answer.error();
}

result<void> bucket::remove(const std::string& key, deadline until) {
  auto answer = client_.send({"DELETE", key}, until);
  if (!answer && code_of(answer.error()) != ec::not_found)
    return answer.error();
  return {};
}

result<void> bucket::copy(const std::string& from, const std::string& to,
                          deadline until) {
  auto what = request{"PUT", to};
  what.headers["x-amz-copy-source"] = client_.copy_source(from);
  for (auto n = 0U;; ++n) {
    auto answer = client_.send(what, until);
    if (!answer)
      return answer.error();
    // A copy can fail after its status went out.
    auto code = error_code_in(answer->body);
    if (code.empty())
      return {};
    if (!client_.pause(n, until))
      return make_error(ec::unavailable, "the store could not copy " + from);
  }
}

result<std::vector<listed_object>>
bucket::list(const std::string& prefix, size_t most, deadline until) const {
  auto out = std::vector<listed_object>{};
  auto what = request{};
  what.query
    = {{"encoding-type", "url"}, {"list-type", "2"}, {"prefix", prefix}};
  for (auto page = 0; page < most_pages && out.size() < most; ++page) {
    auto answer = client_.send(what, until);
    if (!answer)
      return answer.error();
    auto root = parse_xml(answer->body);
    if (!root || root->name != "ListBucketResult"
        || !read_page(*root, "Contents", most, out))
      return unreadable("a listing");
    auto next = root->text_of("NextContinuationToken");
    if (root->text_of("IsTruncated") != "true" || next.empty())
      break;
    what.query["continuation-token"] = next;
  }
  return out;
}

result<std::vector<listed_upload>> bucket::uploads(const std::string& prefix,
                                                   deadline until) const {
  auto out = std::vector<listed_upload>{};
  auto what = request{};
  what.query = {{"encoding-type", "url"}, {"uploads", ""}};
  if (!prefix.empty())
    what.query["prefix"] = prefix;
  for (auto page = 0; page < most_pages; ++page) {
    auto answer = client_.send(what, until);
    if (!answer)
      return answer.error();
    auto root = parse_xml(answer->body);
    if (!root || root->name != "ListMultipartUploadsResult"
        || !read_page(*root, "Upload", SIZE_MAX, out))
      return unreadable("a listing of uploads");
    auto next = root->text_of("NextKeyMarker");
    if (root->text_of("IsTruncated") != "true" || next.empty())
      break;
    what.query["key-marker"] = uri_decoded(next);
    what.query["upload-id-marker"] = root->text_of("NextUploadIdMarker");
  }
  return out;
}

result<void> bucket::abort(const listed_upload& upload, deadline until) {
  auto what = request{"DELETE", upload.key};
  what.query["uploadId"] = upload.id;
  auto answer = client_.send(what, until);
  if (!answer && code_of(answer.error()) != ec::not_found)
    return answer.error();
  return {};
}

} // namespace berth::s3
