# One image for both parts: `docker run IMAGE` is the web part, `docker run IMAGE python -m jobs` the worker.
# docs/operating.md, "Containers", says what each needs.
FROM python:3.12.12-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /srv/pipenotify --shell /usr/sbin/nologin pipenotify
RUN install --directory --owner pipenotify --mode 0700 /data

WORKDIR /srv/pipenotify
COPY requirements.txt requirements.txt
RUN python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY models models
COPY bot bot
COPY jobs jobs
COPY web web
RUN python -m compileall -q models bot jobs web

ENV HOST=0.0.0.0 PIPENOTIFY_DATA=/data
USER pipenotify
VOLUME /data
EXPOSE 8080
CMD ["python", "-m", "web"]
