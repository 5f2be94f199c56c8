//! The baseline of what is served over HTTP: a server beside the node, in the same process and set up as the node's is, that
//! has no middleware and whose routes answer with constants.

use std::{net::SocketAddr, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header::{
        CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
    },
    web,
};
use anyhow::Context as _;
use bytes::Bytes;
use reqwest::Response;

/// What a route of the baseline answers.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Sent in this order. Length and date are the framework's.
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Constant {
    /// The bytes of `answer`: its headers, and its body.
    ///
    /// # Errors
    /// Where the answer breaks off.
    pub async fn of(answer: Response) -> anyhow::Result<Self> {
        let mut headers = Vec::new();
        for (name, value) in answer.headers() {
            let name = HeaderName::from_bytes(name.as_str().as_bytes())?;
            if ![CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING].contains(&name) {
                headers.push((name, HeaderValue::from_bytes(value.as_bytes())?));
            }
        }
        Ok(Self { headers, body: answer.bytes().await.context("the answer broke off")? })
    }

    /// The same with no header but the content's type.
    #[must_use]
    pub fn bare(&self) -> Self {
        let headers = self.headers.iter().filter(|(name, _)| name == CONTENT_TYPE).cloned().collect();
        Self { headers, body: self.body.clone() }
    }

    fn answer(&self) -> HttpResponse {
        let mut answer = HttpResponse::Ok().body(self.body.clone());
        let headers: &mut HeaderMap = answer.headers_mut();
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
        answer
    }
}

/// The server.
pub struct ConstantServer {
    address: SocketAddr,
    handle: ServerHandle,
}

impl ConstantServer {
    /// A server whose path `/0` answers with the first of `constants`, `/1` with the second, and so on.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn start(constants: Vec<Constant>, workers: usize) -> anyhow::Result<Self> {
        let app = move || {
            constants.iter().cloned().enumerate().fold(App::new(), |app, (number, constant)| {
                let answer = move || {
                    let answer = constant.answer();
                    async move { answer }
                };
                app.route(&format!("/{number}"), web::get().to(answer))
            })
        };
        // As the node's server, `api::startup`.
        let server = HttpServer::new(app)
            .workers(workers)
            .tcp_nodelay(true)
            .keep_alive(Duration::from_secs(75))
            .client_request_timeout(Duration::from_secs(10))
            .client_disconnect_timeout(Duration::from_secs(2))
            .disable_signals()
            .bind(("127.0.0.1", 0))?;
        let address = *server.addrs().first().context("the constants' server has no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, handle })
    }

    /// The URL of the constant with this number.
    pub fn url(&self, number: usize) -> String {
        format!("http://{}/{number}", self.address)
    }

    /// Ends it.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_constant_is_what_was_answered() {
        let header = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let answered = Constant {
            headers: vec![header("content-type", "text/x"), header("etag", "\"1\""), header("x-two", "2")],
            body: Bytes::from_static(b"body"),
        };
        let origin = ConstantServer::start(vec![answered.clone()], 1).unwrap();
        let copy = Constant::of(reqwest::get(origin.url(0)).await.unwrap()).await.unwrap();
        let server = ConstantServer::start(vec![copy.bare(), copy], 1).unwrap();

        let answer = reqwest::get(server.url(1)).await.unwrap();
        for (name, value) in &answered.headers {
            assert_eq!(answer.headers().get(name.as_str()).unwrap().as_bytes(), value.as_bytes());
        }
        assert_eq!(answer.headers().len(), 3 + ["content-length", "date"].len());
        assert_eq!(answer.bytes().await.unwrap(), answered.body);

        let bare = reqwest::get(server.url(0)).await.unwrap();
        assert_eq!(bare.headers().len(), 1 + ["content-length", "date"].len());
        assert_eq!(bare.bytes().await.unwrap(), answered.body);
        origin.stop().await;
        server.stop().await;
    }
}
