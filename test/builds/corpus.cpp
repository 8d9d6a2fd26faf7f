#include "test/builds/corpus.hpp"

namespace berth::test {

const std::vector<corpus_entry>& corpus() {
  static const auto all = std::vector<corpus_entry>{
    {"every instruction",
     {{"Dockerfile", R"(FROM $BASE
MAINTAINER somebody@example.com
LABEL one="1" two.three='a b'
ARG COLOUR=blue
ENV A=1 B="two words" C=$COLOUR
ENV D old style
WORKDIR /work
WORKDIR below
RUN echo "$A $B $C $D $COLOUR" > env; pwd > where
COPY file copied
ADD file /added/
VOLUME /data /more
EXPOSE 80/tcp 53/udp 9000
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s CMD true
ONBUILD RUN echo triggered
SHELL ["/bin/sh", "-ec"]
RUN touch made-by-another-shell
USER joe
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["id"]
)"},
      {"file", "content\n"}}},
    {"stages", {{"Dockerfile", R"(FROM $BASE AS first
RUN echo one > /one; echo two > /two
FROM first as Second
RUN echo three > /three
FROM scratch AS unused
COPY --from=none /x /y
FROM $BASE
COPY --from=first /one /from/one
COPY --from=0 /two /from/
COPY --from=second /three /from/three
COPY --from=$BASE /etc/passwd /from/passwd
)"}}},
    {"arguments", {{"Dockerfile", R"(ARG IMAGE=$BASE
ARG UNUSED
FROM ${IMAGE} AS one
ARG IMAGE
ARG X=arg
ENV Y=${X:-none} Z=${W:-default} V=${X:+set}
ENV X=env
RUN echo "$IMAGE $X $Y $Z $V" > /values
FROM one
ARG X=other
RUN echo "[$X] [$Y] [$UNUSED]" >> /values
)"}}},
    {"another shell", {{"Dockerfile", R"(FROM $BASE
SHELL ["/bin/busybox", "touch"]
RUN /made-by-the-shell
)"}}},
    {"mounts of the context",
     {{"Dockerfile", R"(FROM $BASE
RUN --mount=type=bind,source=file,target=/one cp /one /seen
RUN --mount=type=bind,target=/all cp /all/file /seen-too
)"},
      {"file", "content\n"}}},
    {"mounts of images", {{"Dockerfile", R"(FROM $BASE AS one
RUN echo one > /one
FROM $BASE
RUN --mount=type=bind,from=$BASE,source=/etc,target=/m cp /m/passwd /seen
RUN --mount=type=bind,from=one,target=/m cp /m/one /seen-too
RUN --mount=type=cache,target=/c,id=kept echo cached > /c/file; cp /c/file /
)"}}},
    {"triggers",
     {{"Dockerfile", R"(FROM $BASE AS parent
ONBUILD COPY file /triggered
ONBUILD RUN echo ran > /ran
FROM parent
RUN ls / > /listing
)"},
      {"file", "x\n"}}},
    {"triggers of a registry's image", {{"Dockerfile", R"(FROM $TRIGGERS
RUN echo $- > /flags
ONBUILD RUN echo again
HEALTHCHECK --interval=5s --retries=2 CMD ["/bin/true", "x"]
)"}}},
    {"archives",
     {{"Dockerfile", R"(FROM $BASE
ADD tree.tar /plain/
ADD tree.tar.gz /packed/
ADD --chown=1000:1000 tree.tar /owned/
COPY tree.tar /kept/
)"}},
     "mkdir -p t/d; echo a > t/d/a; ln -s a t/d/link; chmod 640 t/d/a; "
     "tar --owner=12 --group=34 --numeric-owner -cf tree.tar -C t .; "
     "gzip -nk tree.tar; rm -r t"},
    {"files from the web", {{"Dockerfile", R"(FROM $BASE
RUN mkdir /www && echo from the web > /www/file && \
  httpd -p 127.0.0.1:18123 -h /www < /dev/null > /dev/null 2>&1
ADD http://127.0.0.1:18123/file /added
ADD http://127.0.0.1:18123/file /below/
ADD --chown=joe:joe http://127.0.0.1:18123/file /owned
)"}}},
    {"ignored files",
     {{"Dockerfile", "FROM $BASE\nCOPY . /all\nCOPY src /src\n"},
      {".dockerignore", "*.log\n!keep.log\nsecret\nsrc/**/tmp\n# a comment\n"},
      {"a.log", "1"},
      {"keep.log", "2"},
      {"secret/key", "3"},
      {"src/x.c", "4"},
      {"src/deep/tmp/junk", "5"},
      {"src/deep/y.c", "6"}}},
    {"copies",
     {{"Dockerfile", R"(FROM $BASE
COPY *.txt /texts/
COPY --chown=joe:joe dir /dir
COPY --chown=33333 a.txt /owned
COPY ["a.txt", "b c.txt", "/json/"]
COPY dir/ /slash/
COPY a.txt relative
)"},
      {"a.txt", "a"},
      {"b c.txt", "b"},
      {"dir/run.sh", "#!/bin/sh\n"},
      {"dir/sub/deep", "d"}},
     "chmod 755 dir/run.sh; ln -s run.sh dir/link; mkdir -p dir/sub"},
    {"users and directories", {{"Dockerfile", R"(FROM $BASE
RUN mkdir /home/joe && chown joe /home/joe
USER joe
WORKDIR /home/joe
RUN echo mine > mine; id -u > uid
USER 0:0
WORKDIR sub
RUN echo root > owned; chmod 1777 .; ln mine2 x 2>/dev/null; mkfifo pipe
USER 4242:4343
)"}}},
    {"odd lines", {{"Dockerfile", R"(# escape=`
# a comment

from $BASE
run echo one `
  # in between

  two > /words
Run echo "a\b" > /back
env PATH_LIKE=C:\dir
)"}}},
    {"forms", {{"Dockerfile", R"(FROM $BASE
RUN ["/bin/sh", "-c", "echo exec > /exec"]
RUN echo shell > /shell && rm /etc/motd
ENTRYPOINT echo shell form
CMD default arguments
ENTRYPOINT ["/bin/last"]
)"}}},
    {"nothing but a base", {{"Dockerfile", "FROM $BASE\n"}}},
    {"no base", {{"Dockerfile", "FROM scratch\nCOPY f /f\n"}, {"f", "f"}}},
    {"here documents",
     {{"Dockerfile", R"-(FROM $BASE AS one
ARG COLOUR=blue
ENV NAME=joe
ENV GREETING="hello $NAME"
RUN <<EOF
set -e
echo "one $COLOUR" > /one
for i in 1 2; do
  cat <<INNER >> /one
line $i of $NAME
INNER
done
EOF
RUN cat > /two <<EOF && \
    # between
    echo after >> /two
a two of $GREETING
EOF
RUN <<-'END' cat > /three; cat <<B >> /three
	$tabs go
	END
and $COLOUR
B
RUN <<SCRIPT
#!/bin/sh
echo "a program of $(id -u)" > /four
SCRIPT
ENV QUOTES='{"k": "$v"}' DIGITS="\d+ $NAME"
ARG NONE=
COPY <<EOF /five
$GREETING, \$COLOUR is ${COLOUR:-none}${NONE:+x}
$QUOTES "${NONE:-'$DIGITS'}" ${NAME:+${COLOUR}} $1$
EOF
COPY --chown=joe:joe <<"RAW" file <<second.txt /texts/
$NAME stays
RAW
the second
second.txt
SHELL ["/bin/sh", "-ec"]
USER joe
RUN <<EOF
echo "by $(id -un)" > /tmp/six
echo $((1 <<2)) >> /tmp/six
EOF
FROM one
ADD <<EOF /seven
of an earlier stage: $NAME
EOF
RUN echo $((1 <<2)) > /tmp/none
)-"},
      {"file", "content\n"},
      {".dockerignore", "*\n!file\n"},
      {"plain/Dockerfile", R"-(FROM $BASE AS one
ARG COLOUR=blue
ENV NAME=joe
ENV GREETING="hello $NAME"
RUN printf 'one blue\nline 1 of joe\nline 2 of joe\n' > /one
RUN printf 'a two of hello joe\nafter\n' > /two
RUN printf '$tabs go\nand blue\n' > /three
RUN echo "a program of 0" > /four
ENV QUOTES='{"k": "$v"}' DIGITS="\d+ $NAME"
ARG NONE=
RUN printf 'hello joe, $COLOUR is blue\n{"k": "$v"} "'"'\\\\d+ joe'"'" blue $\n' > /five
COPY --chown=joe:joe file /texts/
RUN cd /texts && echo '$NAME stays' > RAW && echo the second > second.txt && \
  chown joe:joe *
SHELL ["/bin/sh", "-ec"]
USER joe
RUN printf 'by joe\n4\n' > /tmp/six
FROM one
USER root
RUN echo of an earlier stage: joe > /seven
USER joe
RUN echo 4 > /tmp/none
)-"}}},
    {"lines that end in two characters",
     {{"Dockerfile", "FROM $BASE\r\nENV A=b\r\nRUN cat > /x <<EOF\r\n"
                     "hi $A\r\nEOF\r\nCOPY <<F /y\r\n$A\r\nF\r\n"},
      {"plain/Dockerfile", "FROM $BASE\nENV A=b\nRUN printf 'hi b\\r\\n' > /x\n"
                           "RUN printf 'b\\r\\n' > /y\n"}}},
    {"a stage of another spelling",
     {{"Dockerfile", "FROM $BASE AS One\nRUN echo 1 > /one\nFROM one\n"},
      {"plain/Dockerfile",
       "FROM $BASE AS One\nRUN echo 1 > /one\nFROM One\n"}}},
    {"a document that fails",
     {{"Dockerfile", "FROM $BASE\nRUN <<EOF\nset -e\nfalse\nEOF\n"}},
     ":",
     "\"RUN the here document of line 2\""},
    {"a document that is not ended",
     {{"Dockerfile", "FROM $BASE\nRUN cat <<A <<B\na\nA\nb\n"}},
     ":",
     "the here document <<B is not ended"},
    {"a document of a variable that nobody knows",
     {{"Dockerfile", "FROM $BASE\nCOPY <<A /a\n$FROM_BASE\nA\n"}},
     ":",
     "gives $FROM_BASE"},
    {"a mistake", {{"Dockerfile", "FROM $BASE\nRUNN true\n"}}},
    {"a step that fails", {{"Dockerfile", "FROM $BASE\nRUN false\n"}}},
    {"a file that is missing", {{"Dockerfile", "FROM $BASE\nCOPY none /\n"}}},
  };
  return all;
}

} // namespace berth::test
