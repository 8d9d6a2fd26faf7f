#include "core/s3/upload.hpp"

#include "core/hasher.hpp"
#include "core/log.hpp"
#include "core/s3/parts.hpp"
#include "core/s3/xml.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>

namespace berth::s3 {

using std::chrono::steady_clock;

namespace {

constexpr auto clean_up_time = std::chrono::seconds{5};

/// Both digests of a part, in one pass.
result<void> digest(const file_range& range, std::string& sha256,
                    std::string& md5) {
  auto strong = hasher{};
  auto quick = hasher{"md5"};
  auto chunk = std::array<char, 64 * 1024>{};
  for (uint64_t done = 0; done < range.bytes;) {
    auto wanted = std::min<uint64_t>(chunk.size(), range.bytes - done);
    auto got = ::pread(range.fd, chunk.data(), wanted,
                       static_cast<off_t>(range.offset + done));
    if (got < 0)
      return errno_error(errno, "pread", "staged archive");
    if (got == 0)
      return make_error(ec::data_loss, "a staged archive ends too early");
    auto text = std::string_view{chunk.data(), static_cast<size_t>(got)};
    strong.add(text);
    quick.add(text);
    done += text.size();
  }
  sha256 = strong.finish();
  md5 = quick.finish();
  return {};
}

std::string raw_bytes(const std::string& hex) {
  auto out = std::string{};
  for (size_t at = 0; at + 1 < hex.size(); at += 2)
    out += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  return out;
}

std::string unquoted(const std::string& etag) {
  auto out = etag;
  out.erase(std::remove(out.begin(), out.end(), '"'), out.end());
  return out;
}

std::string range_header(const file_range& range) {
  return "bytes=" + std::to_string(range.offset) + "-"
         + std::to_string(range.offset + range.bytes - 1);
}

} // namespace

result<void> uploader::put(const std::string& key, int fd, uint64_t bytes,
                           deadline until) {
  if (bytes > longest_object)
    return make_error(ec::exhausted, "longer than what a store takes: " + key);
  auto parts = std::vector<part>{};
  for (auto range :
       cut_into_parts(bytes, bucket_.via().told().limits.part_bytes)) {
    range.fd = fd;
    parts.push_back({range, "", "", ""});
  }
  auto sent = parts.size() == 1
                ? put_whole(key, parts.front(), until)
                : put_in_parts(key, parts, &uploader::send_part, until);
  if (!sent)
    return sent;
  return verify(key, parts, until);
}

result<void> uploader::copy(const std::string& from, const std::string& to,
                            uint64_t bytes, deadline until) {
  auto most = bucket_.via().told().limits.longest_copy;
  if (bytes <= most)
    return bucket_.copy(from, to, until);
  auto source = bucket_.head(from, until);
  if (!source)
    return source.error();
  auto parts = std::vector<part>{};
  for (auto range : cut_into_parts(bytes, most))
    parts.push_back({range, "", "", "", from});
  if (auto put = put_in_parts(to, parts, &uploader::copy_part, until); !put)
    return put;
  // Of one version all of them? Not every store takes that for a condition.
  auto now = bucket_.head(from, until);
  if (!now)
    return now.error();
  if (now->etag != source->etag)
    return make_error(ec::aborted, from + " changed while it was copied");
  return {};
}

result<void> uploader::put_whole(const std::string& key, part& only,
                                 deadline until) {
  if (auto done = digest(only.range, only.sha256, only.md5); !done)
    return done;
  auto what = request{"PUT", key};
  what.file = only.range;
  what.sha256 = only.sha256;
  auto answer = bucket_.via().send(what, until);
  if (!answer)
    return answer.error();
  return {};
}

result<void> uploader::put_in_parts(const std::string& key,
                                    std::vector<part>& parts, part_step send,
                                    deadline until) {
  auto upload = begin(key, until);
  if (!upload)
    return upload.error();
  auto outcome = send_parts(*upload, parts, send, until);
  if (outcome)
    outcome = complete(*upload, parts, until);
  if (!outcome && !bucket_.via().stop().is_set())
    if (auto gone = bucket_.abort(*upload, steady_clock::now() + clean_up_time);
        !gone)
      log_warning("upload-not-aborted", key, describe(gone.error()));
  auto lock = std::lock_guard{mutex_};
  under_way_.erase(upload->id);
  return outcome;
}

result<listed_upload> uploader::begin(const std::string& key, deadline until) {
  auto what = request{"POST", key};
  what.query["uploads"] = "";
  auto answer = bucket_.via().send(what, until);
  if (!answer)
    return answer.error();
  auto root = parse_xml(answer->body);
  auto upload = listed_upload{key, root ? root->text_of("UploadId") : "", {}};
  if (upload.id.empty())
    return make_error(ec::data_loss, "the store named no upload");
  auto lock = std::lock_guard{mutex_};
  under_way_.insert(upload.id);
  return upload;
}

result<void> uploader::send_part(const listed_upload& upload, part& it,
                                 size_t number, deadline until) {
  if (auto done = digest(it.range, it.sha256, it.md5); !done)
    return done;
  auto what = request{"PUT", upload.key};
  what.query
    = {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}};
  what.file = it.range;
  what.sha256 = it.sha256;
  auto answer = bucket_.via().send(what, until);
  if (!answer)
    return answer.error();
  it.etag = answer->header("etag");
  if (it.etag.empty())
    return make_error(ec::data_loss, "the store gave a part no etag");
  return {};
}

result<void> uploader::copy_part(const listed_upload& upload, part& it,
                                 size_t number, deadline until) {
  auto what = request{"PUT", upload.key};
  what.query
    = {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}};
  what.headers = {{"x-amz-copy-source", bucket_.via().copy_source(it.from)},
                  {"x-amz-copy-source-range", range_header(it.range)}};
  for (auto n = 0U;; ++n) {
    auto answer = bucket_.via().send(what, until);
    if (!answer)
      return answer.error();
    // As with whole copies, the status says nothing yet.
    auto root = parse_xml(answer->body);
    it.etag = root ? root->text_of("ETag") : "";
    if (!it.etag.empty())
      return {};
    if (!bucket_.via().pause(n, until))
      return make_error(ec::unavailable,
                        "the store could not copy a part of " + it.from);
  }
}

result<void> uploader::send_parts(const listed_upload& upload,
                                  std::vector<part>& parts, part_step send,
                                  deadline until) {
  auto next = std::atomic<size_t>{0};
  auto mutex = std::mutex{};
  auto outcome = result<void>{};
  auto work = [&] {
    for (size_t i; (i = next++) < parts.size();) {
      auto sent = (this->*send)(upload, parts[i], i + 1, until);
      if (sent)
        continue;
      auto lock = std::lock_guard{mutex};
      outcome = sent;
      next = parts.size(); // the others are of no use any more
    }
  };
  auto threads = std::vector<std::jthread>{};
  auto count
    = std::min<size_t>(bucket_.via().told().limits.parallel, parts.size());
  for (size_t i = 1; i < count; ++i)
    threads.emplace_back(work);
  work();
  threads.clear(); // joins them
  return outcome;
}

result<void> uploader::complete(const listed_upload& upload,
                                const std::vector<part>& parts,
                                deadline until) {
  auto what = request{"POST", upload.key};
  what.query["uploadId"] = upload.id;
  what.text = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < parts.size(); ++i)
    what.text += "<Part><PartNumber>" + std::to_string(i + 1)
                 + "</PartNumber><ETag>" + xml_escaped(parts[i].etag)
                 + "</ETag></Part>";
  what.text += "</CompleteMultipartUpload>";
  for (auto n = 0U;; ++n) {
    auto answer = bucket_.via().send(what, until);
    // Done by an attempt whose answer was lost, or lost itself: `verify` sees.
    if (!answer && code_of(answer.error()) == ec::not_found)
      return {};
    if (!answer)
      return answer.error();
    // The status goes out before the parts are joined: it says nothing.
    auto root = parse_xml(answer->body);
    if (root && root->name == "CompleteMultipartUploadResult")
      return {};
    auto code = error_code_in(answer->body);
    if (code == "NoSuchUpload")
      return {};
    if (!bucket_.via().pause(n, until))
      return make_error(ec::unavailable,
                        "the store did not join the parts of " + upload.key);
  }
}

result<void> uploader::verify(const std::string& key,
                              const std::vector<part>& parts, deadline until) {
  auto there = bucket_.head(key, until);
  if (!there && code_of(there.error()) == ec::not_found)
    return make_error(ec::data_loss, "the store lost " + key);
  if (!there)
    return there.error();
  auto length = parts.back().range.offset + parts.back().range.bytes;
  if (there->bytes != length)
    return make_error(ec::data_loss, "the store has another length of " + key);
  auto expected = parts.front().md5;
  if (parts.size() > 1) {
    auto hash = hasher{"md5"};
    for (const auto& each : parts)
      hash.add(raw_bytes(each.md5));
    expected = hash.finish() + "-" + std::to_string(parts.size());
  }
  if (unquoted(there->etag) == expected)
    return {};
  return read_back(key, there->etag, parts, until);
}

result<void> uploader::read_back(const std::string& key,
                                 const std::string& etag,
                                 const std::vector<part>& parts,
                                 deadline until) {
  for (const auto& each : parts) {
    if (each.range.bytes == 0)
      continue; // its length was right
    auto hash = std::optional<hasher>{};
    auto what = request{"GET", key};
    what.headers = {{"if-match", etag}, {"range", range_header(each.range)}};
    what.sink_status = 206;
    what.sink = [&](std::string_view bytes) {
      hash->add(bytes);
      return true;
    };
    for (auto n = 0U;; ++n) {
      hash.emplace();
      auto answer = bucket_.via().attempt(what, until);
      if (answer)
        break;
      if (!is_passing(answer.error()) || !bucket_.via().pause(n, until))
        return answer.error();
    }
    if (hash->finish() != each.sha256)
      return make_error(ec::data_loss, "the store has other bytes of " + key);
  }
  return {};
}

result<void>
uploader::sweep(const std::string& prefix, wall_time before,
                const std::function<bool(const std::string&)>& is_ours,
                deadline until) {
  auto all = bucket_.uploads(prefix, until);
  if (!all)
    return all.error();
  for (const auto& each : *all) {
    auto lock = std::unique_lock{mutex_};
    auto is_in_use = under_way_.contains(each.id);
    lock.unlock();
    if (is_in_use || each.begun >= before || !is_ours(each.key))
      continue;
    if (auto gone = bucket_.abort(each, until); !gone)
      return gone;
    log_info("upload-aborted", each.key, "nobody went on with it");
  }
  return {};
}

} // namespace berth::s3
