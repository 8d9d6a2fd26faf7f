#include "core/s3/exchange.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace berth::s3 {

namespace {

constexpr size_t most_kept = size_t{4} << 20;
constexpr size_t most_headers = 100;
constexpr size_t most_idle = 8;

struct free_headers {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What libcurl's callbacks work on.
struct transfer {
  CURL* curl = nullptr;
  const http_request& request;
  const stop_signal& stop;
  http_answer answer = {};
  uint64_t sent = 0;
  bool is_unwanted = false; ///< the sink said so

  uint64_t to_send() const {
    return request.file.fd < 0 ? request.text.size() : request.file.bytes;
  }
};

size_t on_header(char* bytes, size_t, size_t size, void* to) {
  auto& answer = static_cast<transfer*>(to)->answer;
  auto line = std::string_view{bytes, size};
  if (line.starts_with("HTTP/"))
    answer.headers.clear(); // of a 100 Continue before
  auto colon = line.find(':');
  if (colon == line.npos || answer.headers.size() >= most_headers)
    return size;
  auto name = std::string{line.substr(0, colon)};
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  auto value = line.substr(colon + 1);
  auto first = value.find_first_not_of(" \t");
  auto last = value.find_last_not_of(" \t\r\n");
  if (first != value.npos && last != value.npos && last >= first)
    answer.headers[name] = value.substr(first, last - first + 1);
  return size;
}

size_t on_body(char* bytes, size_t, size_t size, void* to) {
  auto& it = *static_cast<transfer*>(to);
  auto status = 0L;
  curl_easy_getinfo(it.curl, CURLINFO_RESPONSE_CODE, &status);
  if (it.request.sink && status == it.request.sink_status) {
    it.is_unwanted = !it.request.sink({bytes, size});
    return it.is_unwanted ? CURL_WRITEFUNC_ERROR : size;
  }
  if (it.answer.body.size() + size > most_kept)
    return CURL_WRITEFUNC_ERROR;
  it.answer.body.append(bytes, size);
  return size;
}

size_t on_read(char* into, size_t, size_t room, void* from) {
  auto& it = *static_cast<transfer*>(from);
  auto n
    = static_cast<size_t>(std::min<uint64_t>(room, it.to_send() - it.sent));
  if (it.request.file.fd < 0) {
    std::memcpy(into, it.request.text.data() + it.sent, n);
  } else if (n > 0) {
    const auto& file = it.request.file;
    auto got
      = ::pread(file.fd, into, n, static_cast<off_t>(file.offset + it.sent));
    if (got <= 0)
      return CURL_READFUNC_ABORT;
    n = static_cast<size_t>(got);
  }
  it.sent += n;
  return n;
}

int on_seek(void* in, curl_off_t offset, int origin) {
  auto& it = *static_cast<transfer*>(in);
  if (origin != SEEK_SET || offset < 0
      || static_cast<uint64_t>(offset) > it.to_send())
    return CURL_SEEKFUNC_CANTSEEK;
  it.sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& it = *static_cast<transfer*>(of);
  auto is_late = std::chrono::steady_clock::now() >= it.request.until;
  return is_late || it.stop.is_set() ? 1 : 0;
}

void set_limits(CURL* c, const patience& limits) {
  // Of a whole transfer there is no bound: it may go on while bytes move.
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(limits.connect.count()));
  auto stall = std::chrono::ceil<std::chrono::seconds>(limits.stall);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall.count()));
  curl_easy_setopt(c, CURLOPT_EXPECT_100_TIMEOUT_MS, 1000L);
}

void set_callbacks(CURL* c, transfer& it) {
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, &it);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &it);
  curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(c, CURLOPT_READDATA, &it);
  curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
  curl_easy_setopt(c, CURLOPT_SEEKDATA, &it);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, &it);
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
}

void set_request(CURL* c, const transfer& it) {
  curl_easy_setopt(c, CURLOPT_URL, it.request.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
  // No "h2" over TLS: parts go over connections of their own.
  curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  auto size = static_cast<curl_off_t>(it.to_send());
  if (it.request.method == "HEAD") {
    curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
  } else if (it.request.method == "PUT") {
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, size);
  } else if (it.request.method == "POST") {
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, size);
  } else {
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, it.request.method.c_str());
  }
}

} // namespace

std::string http_answer::header(const std::string& name) const {
  auto found = headers.find(name);
  return found == headers.end() ? std::string{} : found->second;
}

void http_exchange::close_handle::operator()(void* curl) const {
  curl_easy_cleanup(curl);
}

http_exchange::http_exchange(patience limits, std::string ca_file,
                             const stop_signal& stop)
  : limits_(limits), ca_file_(std::move(ca_file)), stop_(stop) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)ready;
}

http_exchange::~http_exchange() = default;

http_exchange::handle http_exchange::take() {
  auto lock = std::lock_guard{mutex_};
  if (idle_.empty())
    return handle{curl_easy_init()};
  auto it = std::move(idle_.back());
  idle_.pop_back();
  return it;
}

void http_exchange::put_back(handle it) {
  auto lock = std::lock_guard{mutex_};
  if (idle_.size() < most_idle)
    idle_.push_back(std::move(it));
}

result<http_answer> http_exchange::perform(const http_request& request) {
  auto owned = take();
  auto* c = owned.get();
  curl_easy_reset(c); // connections stay
  auto it = transfer{c, request, stop_};
  set_request(c, it);
  set_limits(c, limits_);
  if (!ca_file_.empty()) {
    curl_easy_setopt(c, CURLOPT_CAINFO, ca_file_.c_str());
    curl_easy_setopt(c, CURLOPT_CAPATH, nullptr); // these and nobody else
  }
  set_callbacks(c, it);
  auto list = std::unique_ptr<curl_slist, free_headers>{};
  auto add = [&](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  };
  for (const auto& [name, value] : request.headers)
    add(name + ": " + value);
  add("content-type:"); // libcurl would say that a body is a form
  if (it.to_send() < 64 * 1024)
    add("expect:");
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, list.get());
  auto rc = curl_easy_perform(c);
  auto status = 0L;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, nullptr);
  put_back(std::move(owned));
  if (stop_.is_set() || it.is_unwanted)
    return make_error(ec::cancelled, "cancelled");
  if (rc == CURLE_ABORTED_BY_CALLBACK)
    return make_error(ec::unavailable, "no answer in time");
  if (rc != CURLE_OK)
    return make_error(ec::unavailable, curl_easy_strerror(rc));
  it.answer.status = static_cast<int>(status);
  return std::move(it.answer);
}

} // namespace berth::s3
