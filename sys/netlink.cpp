#include "sys/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace berth::sys {

namespace {

constexpr auto receive_bytes = size_t{64} * 1024;
constexpr auto reply_timeout = timeval{5, 0};

result<fd> open_socket() {
  auto socket
    = fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (!socket)
    return errno_error(errno, "socket", "rtnetlink");
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &reply_timeout,
               sizeof(reply_timeout));
  return socket;
}

void pad(std::vector<char>& buffer) {
  buffer.resize(NLMSG_ALIGN(buffer.size()));
}

} // namespace

netlink_message::netlink_message(uint16_t type, uint16_t flags,
                                 const void* header, size_t size) {
  auto front = nlmsghdr{};
  front.nlmsg_type = type;
  front.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  if ((flags & NLM_F_DUMP) != NLM_F_DUMP)
    front.nlmsg_flags |= NLM_F_ACK;
  append(&front, sizeof(front));
  append(header, size);
}

netlink_message& netlink_message::append(const void* bytes, size_t size) {
  auto first = static_cast<const char*>(bytes);
  buffer_.insert(buffer_.end(), first, first + size);
  pad(buffer_);
  return *this;
}

netlink_message& netlink_message::open(uint16_t attribute) {
  auto front = nlattr{0, attribute}; // its length comes with `close`
  open_.push_back(buffer_.size());
  return append(&front, sizeof(front));
}

netlink_message& netlink_message::close() {
  auto at = open_.back();
  open_.pop_back();
  auto length = static_cast<uint16_t>(buffer_.size() - at);
  std::memcpy(buffer_.data() + at, &length, sizeof(length));
  return *this;
}

netlink_message& netlink_message::add(uint16_t attribute,
                                      std::string_view bytes) {
  auto front
    = nlattr{static_cast<uint16_t>(sizeof(nlattr) + bytes.size()), attribute};
  append(&front, sizeof(front));
  return append(bytes.data(), bytes.size());
}

netlink_message& netlink_message::add_string(uint16_t attribute,
                                             const std::string& text) {
  return add(attribute, {text.c_str(), text.size() + 1});
}

netlink_message& netlink_message::add_u8(uint16_t attribute, uint8_t value) {
  return add(attribute, {reinterpret_cast<const char*>(&value), 1});
}

netlink_message& netlink_message::add_u32(uint16_t attribute, uint32_t value) {
  return add(attribute, {reinterpret_cast<const char*>(&value), sizeof(value)});
}

const std::vector<char>& netlink_message::bytes(uint32_t sequence) {
  auto front = nlmsghdr{};
  std::memcpy(&front, buffer_.data(), sizeof(front));
  front.nlmsg_len = static_cast<uint32_t>(buffer_.size());
  front.nlmsg_seq = sequence;
  std::memcpy(buffer_.data(), &front, sizeof(front));
  return buffer_;
}

result<netlink> netlink::open() {
  auto socket = open_socket();
  if (!socket)
    return socket.error();
  return netlink{std::move(*socket)};
}

result<netlink> netlink::open_in(const fd& netns) {
  // A socket stays in the namespace it was made in; only the thread that makes
  // it has to go there, and ends there.
  auto socket = result<fd>{fd{}};
  std::thread{[&] {
    if (::setns(netns.get(), CLONE_NEWNET) < 0)
      socket = errno_error(errno, "setns", "network namespace");
    else
      socket = open_socket();
  }}.join();
  if (!socket)
    return socket.error();
  return netlink{std::move(*socket)};
}

result<void> netlink::request(netlink_message message, const char* call,
                              const std::string& subject) {
  return request(std::move(message), call, subject, [](std::string_view) {});
}

result<void>
netlink::request(netlink_message message, const char* call,
                 const std::string& subject,
                 const std::function<void(std::string_view)>& on_answer) {
  auto& bytes = message.bytes(++sequence_);
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0)
    return errno_error(errno, call, subject);
  auto buffer = std::vector<char>(receive_bytes);
  for (;;) {
    auto n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, call, subject);
    auto left = static_cast<size_t>(n);
    for (auto at = reinterpret_cast<nlmsghdr*>(buffer.data());
         NLMSG_OK(at, left); at = NLMSG_NEXT(at, left)) {
      if (at->nlmsg_seq != sequence_)
        continue;
      if (at->nlmsg_type == NLMSG_DONE)
        return {};
      if (at->nlmsg_type == NLMSG_ERROR) {
        auto err = static_cast<const nlmsgerr*>(NLMSG_DATA(at))->error;
        if (err != 0)
          return errno_error(-err, call, subject);
        return {};
      }
      on_answer(
        {static_cast<const char*>(NLMSG_DATA(at)), NLMSG_PAYLOAD(at, 0)});
    }
  }
}

std::string_view netlink_attribute(std::string_view payload, size_t header_size,
                                   uint16_t wanted) {
  payload.remove_prefix(std::min(NLMSG_ALIGN(header_size), payload.size()));
  while (payload.size() >= sizeof(nlattr)) {
    auto front = nlattr{};
    std::memcpy(&front, payload.data(), sizeof(front));
    if (front.nla_len < sizeof(front) || front.nla_len > payload.size())
      break;
    if ((front.nla_type & NLA_TYPE_MASK) == wanted)
      return payload.substr(sizeof(front), front.nla_len - sizeof(front));
    payload.remove_prefix(
      std::min(size_t{NLMSG_ALIGN(front.nla_len)}, payload.size()));
  }
  return {};
}

} // namespace berth::sys
